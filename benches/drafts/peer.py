"""llama.cpp beside our drafts: writes a base as GGUF in f32, then answers one line of tokens and streams with the time it took.

Usage: peer.py BASE GGUF. Each line of stdin is `TOKENS STREAMS`; each line of stdout is `WRITTEN CPU_SECONDS RESIDENT_BYTES`.
One thread computes. Only what stands in BASE is read; nothing is fetched.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import gguf
import numpy
from safetensors.numpy import load_file

NAMES = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}
WHOLE = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
PROMPT = "I am glad to say that after many years"


def write_gguf(base: str, path: str) -> None:
    """The base in llama.cpp's format: same values, the rows of queries and keys in the order of its rotation."""
    with open(os.path.join(base, "config.json")) as file:
        config = json.load(file)
    with open(os.path.join(base, "tokenizer.json")) as file:
        tokenizer = json.load(file)
    heads, kv_heads, width = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(width)
    writer.add_value_length(width)
    writer.add_rope_dimension_count(width)
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    words = sorted(tokenizer["model"]["vocab"].items(), key=lambda item: item[1])
    words = [word for word, _ in words] + [f"[unused {i}]" for i in range(len(words), config["vocab_size"])]
    special = {token["id"] for token in tokenizer["added_tokens"]}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(words)
    kinds = [gguf.TokenType.CONTROL if i in special else gguf.TokenType.NORMAL for i in range(len(words))]
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    for name, values in load_file(os.path.join(base, "model.safetensors")).items():
        values = values.astype(numpy.float32)
        name = name.removesuffix(".weight")
        for projection, count in (("q_proj", heads), ("k_proj", kv_heads)):
            if name.endswith(projection):
                halves = values.reshape(count, 2, width // 2, values.shape[1])
                values = halves.swapaxes(1, 2).reshape(values.shape)
        if name in WHOLE:
            name = WHOLE[name]
        else:
            _, _, layer, part = name.split(".", 3)
            name = f"blk.{layer}.{NAMES[part]}"
        writer.add_tensor(f"{name}.weight", numpy.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def server(path: str):
    """llama.cpp with one computing thread and room for eight streams."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx = 8 * 256
    params.n_parallel = 8
    params.warmup = True
    params.verbosity = -1
    params.cache_prompt = False
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.n_threads = 1
        threads.poll = 0
    return xllamacpp.Server(params)


def resident() -> int:
    """Bytes of this process in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    base, path = sys.argv[1:3]
    write_gguf(base, path)
    before = resident()
    llama = server(path)

    def write(tokens: int) -> int:
        request = {"prompt": PROMPT, "max_tokens": tokens, "temperature": 0.0, "ignore_eos": True}
        return llama.handle_completions(request)["usage"]["completion_tokens"]

    write(8)
    with ThreadPoolExecutor(8) as threads:
        for line in sys.stdin:
            tokens, streams = map(int, line.split())
            start = time.process_time()
            written = sum(threads.map(write, [tokens] * streams))
            print(written, time.process_time() - start, resident() - before, flush=True)


if __name__ == "__main__":
    main()
