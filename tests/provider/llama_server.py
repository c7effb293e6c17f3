"""llama.cpp's own server, with the shipped base as its model: a stranger's program on the other end of the wire.

The base is written as GGUF: the layout of the Llama family, whose rotary embedding wants the rows of queries and keys in pairs.
"""

import json
import pathlib

import gguf
import numpy
import xllamacpp
from safetensors.numpy import load_file

CONTEXT = 2048

NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def in_pairs(rows: numpy.ndarray, heads: int) -> numpy.ndarray:
    """Rows of a head as llama.cpp rotates them: first and second half interleaved."""
    size = rows.shape[0] // heads // 2
    return rows.reshape(heads, 2, size, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def write_gguf(base: pathlib.Path, path: pathlib.Path) -> None:
    config = json.loads((base / "config.json").read_text())
    tokenizer = json.loads((base / "tokenizer.json").read_text())
    writer = gguf.GGUFWriter(path, "llama")
    # A chat's instructions are longer than what the base was trained on; what it says is not looked at.
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    vocabulary = sorted(tokenizer["model"]["vocab"], key=tokenizer["model"]["vocab"].get)
    special = {token["content"] for token in tokenizer["added_tokens"]}
    kinds = [gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in vocabulary]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(vocabulary)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    heads = {"self_attn.q_proj": config["num_attention_heads"], "self_attn.k_proj": config["num_key_value_heads"]}
    for name, tensor in load_file(base / "model.safetensors").items():
        tensor = tensor.astype(numpy.float32)
        if name.startswith("model.layers."):
            layer, part = name.removeprefix("model.layers.").removesuffix(".weight").split(".", 1)
            tensor = in_pairs(tensor, heads[part]) if part in heads else tensor
            name = f"blk.{layer}.{NAMES[part]}.weight"
        else:
            name = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}[name]
        writer.add_tensor(name, numpy.ascontiguousarray(tensor))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def start(model: pathlib.Path, key: str) -> xllamacpp.Server:
    """A server on a free port of this machine that wants this key."""
    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.warmup = False
    params.api_keys = [key]
    params.cpuparams.n_threads = 1
    return xllamacpp.Server(params)
