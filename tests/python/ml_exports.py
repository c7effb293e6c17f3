"""Loads what `candor release export` wrote with other people's programs and prints how far their numbers lie apart.

    python ml_exports.py PEFT_FOLDER MERGED_FOLDER

transformers reads the merged checkpoint, peft the adapter on the base, llama.cpp (its Python wheel) a GGUF file that is
written here from the merged checkpoint with the public `gguf` package. Exits with 1 if any differs by more than allowed.
"""

import math
import pathlib
import sys
import tempfile

import gguf
import torch
import xllamacpp
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

# Logits of the same 32-bit floats, added up in another order.
LOGIT_TOLERANCE = 1e-4
# Log-probabilities of llama.cpp, whose kernels round more on the way.
LOGPROB_TOLERANCE = 2e-2
TEXTS = ["The house by the river", "Thank you for the answer. I think that", "What is the best way to"]
NEXT_TOKENS = 8


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def logits(model, tokenizer, text):
    with torch.no_grad():
        return model(torch.tensor([tokenizer.encode(text)])).logits[0]


def compare_peft(merged, peft_folder, tokenizer):
    """The largest difference of logits, and how much the adapter changes them."""
    base = load(peft_folder / "base")
    plain = [logits(base, tokenizer, text) for text in TEXTS]
    adapted = PeftModel.from_pretrained(base, peft_folder).eval()
    worst = effect = 0.0
    for text, before in zip(TEXTS, plain):
        with_adapter = logits(adapted, tokenizer, text)
        worst = max(worst, (with_adapter - logits(merged, tokenizer, text)).abs().max().item())
        effect = max(effect, (with_adapter - before).abs().max().item())
    print(f"peft on the base against transformers on the merged checkpoint: logits differ by {worst:.1e}")
    print(f"the adapter changes logits by up to {effect:.2f}")
    return worst <= LOGIT_TOLERANCE and effect > LOGIT_TOLERANCE


def interleave(weight, heads):
    """llama.cpp pairs neighboring components of a head where Hugging Face pairs its halves."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def write_gguf(model, tokenizer, path):
    """A Llama checkpoint as GGUF in 32-bit floats."""
    config = model.config
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    add_vocabulary(writer, tokenizer, config.vocab_size)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        values = tensor.numpy()
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            heads = config.num_attention_heads if "q_proj" in name else config.num_key_value_heads
            values = interleave(values, heads)
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_vocabulary(writer, tokenizer, size):
    import json

    state = json.loads(tokenizer.backend_tokenizer.to_str())
    names = {i: name for name, i in tokenizer.get_vocab().items()}
    special = set(tokenizer.all_special_ids)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([names.get(i, f"[unused{i}]") for i in range(size)])
    kinds = [gguf.TokenType.CONTROL if i in special else gguf.TokenType.NORMAL for i in range(size)]
    writer.add_token_types(kinds)
    merges = state["model"]["merges"]
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_add_bos_token(False)


def start_llama(path):
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = 256
    params.n_parallel = 1
    params.warmup = False
    return xllamacpp.Server(params)


def compare_llama(model, tokenizer, folder):
    """The likeliest next tokens and their log-probabilities, as llama.cpp and as transformers have them."""
    path = pathlib.Path(folder) / "merged.gguf"
    write_gguf(model, tokenizer, path)
    server = start_llama(path)
    worst, same = 0.0, True
    for text in TEXTS:
        tokens = tokenizer.encode(text)
        answer = server.handle_completions(
            {"prompt": tokens, "max_tokens": 1, "temperature": 0.0, "logprobs": NEXT_TOKENS, "cache_prompt": False}
        )
        first = answer["choices"][0]["logprobs"]["content"][0]
        found = {token["id"]: token["logprob"] for token in first["top_logprobs"]}
        wanted = torch.log_softmax(logits(model, tokenizer, text)[-1], dim=0)
        same = same and max(found, key=found.get) == wanted.argmax().item()
        worst = max(worst, max(abs(wanted[i].item() - logprob) for i, logprob in found.items()))
    print(f"llama.cpp on the GGUF against transformers: log-probabilities differ by {worst:.1e}")
    return same and math.isfinite(worst) and worst <= LOGPROB_TOLERANCE


def main():
    peft_folder, merged_folder = map(pathlib.Path, sys.argv[1:3])
    tokenizer = AutoTokenizer.from_pretrained(merged_folder)
    merged = load(merged_folder)
    with tempfile.TemporaryDirectory() as folder:
        passed = [compare_peft(merged, peft_folder, tokenizer), compare_llama(merged, tokenizer, folder)]
    print(f"{sum(passed)} passed, {len(passed) - sum(passed)} failed")
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
