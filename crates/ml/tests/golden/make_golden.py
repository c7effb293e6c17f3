"""Makes the golden checkpoints and logits with transformers; `--check` makes them anew and compares.

    python make_golden.py           writes one folder a case beside this file
    python make_golden.py --check   fails if what is written differs from what transformers gives today

Needs torch, transformers, safetensors, numpy. The checkpoints are random and tiny; the logits are computed in 32-bit floats.
"""

import argparse
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import (
    AutoModelForCausalLM, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config,
)

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-5
SHAPE = dict(
    hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, vocab_size=64,
    max_position_embeddings=64, rms_norm_eps=1e-5, bos_token_id=0, eos_token_id=0, pad_token_id=0,
)
# Short texts before stretching, so that sixteen positions already tell the scalings apart.
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=8)
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=16, beta_fast=4.0)
# Each case: a configuration class and what it is given besides the shape.
CASES = {
    "multi-head": dict(num_key_value_heads=4, tie_word_embeddings=True),
    "grouped-query": dict(num_key_value_heads=2, tie_word_embeddings=True, rope_theta=500.0),
    "untied": dict(num_key_value_heads=1, tie_word_embeddings=False, head_dim=10),
    "sharded-bf16": dict(num_key_value_heads=2, tie_word_embeddings=False),
    "half": dict(num_key_value_heads=2, tie_word_embeddings=True),
    "llama-biases": dict(num_key_value_heads=2, attention_bias=True, mlp_bias=True, tie_word_embeddings=True),
    "llama3-rope": dict(num_key_value_heads=2, tie_word_embeddings=True, rope_parameters=dict(rope_theta=500.0, **LLAMA3)),
    "linear-rope": dict(num_key_value_heads=2, tie_word_embeddings=True, rope_parameters=dict(rope_theta=500.0, rope_type="linear", factor=4.0)),
    "mistral": dict(family=MistralConfig, num_key_value_heads=2, head_dim=8, sliding_window=None, tie_word_embeddings=False),
    "qwen2": dict(family=Qwen2Config, num_key_value_heads=2, tie_word_embeddings=True),
    "qwen2-yarn": dict(family=Qwen2Config, num_key_value_heads=2, tie_word_embeddings=False, rope_parameters=dict(rope_theta=10000.0, **YARN)),
    "qwen3": dict(family=Qwen3Config, num_key_value_heads=2, head_dim=10, tie_word_embeddings=True),
    "qwen3-yarn-sharded-bf16": dict(family=Qwen3Config, num_key_value_heads=2, head_dim=8, attention_bias=True, tie_word_embeddings=True, rope_parameters=dict(rope_theta=500.0, **YARN)),
}


def width(name):
    """The number type of the written file."""
    return torch.bfloat16 if "bf16" in name else torch.float16 if name == "half" else torch.float32


def build(name, seed):
    torch.manual_seed(seed)
    case = dict(CASES[name])
    family = case.pop("family", LlamaConfig)
    model = AutoModelForCausalLM.from_config(family(**{**SHAPE, **case}), attn_implementation="eager").eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            noise = 0.2 * torch.randn_like(parameter)
            parameter.copy_(1 + noise if "norm" in key else noise)
            parameter.copy_(parameter.to(width(name)).float())
    return model


def logits(model):
    tokens = [(i * 37 + 5) % SHAPE["vocab_size"] for i in range(16)]
    with torch.no_grad():
        return tokens, model(torch.tensor([tokens])).logits[0]


def save(folder, name, model):
    folder.mkdir(exist_ok=True)
    tensors = {k: v.to(width(name)).contiguous() for k, v in model.state_dict().items()}
    if model.config.tie_word_embeddings:
        tensors.pop("lm_head.weight", None)
    model.config.save_pretrained(folder)
    if "sharded" in name:
        names = sorted(tensors)
        parts = [names[: len(names) // 2], names[len(names) // 2 :]]
        weight_map = {}
        for i, part in enumerate(parts):
            file = f"model-{i + 1:05}-of-{len(parts):05}.safetensors"
            save_file({k: tensors[k] for k in part}, folder / file, metadata={"format": "pt"})
            weight_map.update({k: file for k in part})
        index = {"metadata": {}, "weight_map": weight_map}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")
    else:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def write(name, seed):
    model = build(name, seed)
    tokens, values = logits(model)
    save(HERE / name, name, model)
    golden = {"tokens": tokens, "logits": [[round(v, 6) for v in row] for row in values.tolist()]}
    (HERE / f"{name}.json").write_text(json.dumps(golden) + "\n")


def check(name):
    """Loads the committed checkpoint with transformers and compares with the committed logits."""
    golden = json.loads((HERE / f"{name}.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(HERE / name, dtype=torch.float32, attn_implementation="eager").eval()
    tokens, values = logits(model)
    worst = (values - torch.tensor(golden["logits"])).abs().max().item()
    print(f"{name}: differs by {worst:.1e}")
    return tokens == golden["tokens"] and worst <= TOLERANCE


def check_base(folder):
    """Loads a whole base folder, as others would."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    print(f"{folder}: {sum(p.numel() for p in model.parameters())} weights load")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--base", type=pathlib.Path, help="also load this base folder")
    args = parser.parse_args()
    if args.base:
        check_base(args.base)
    if not args.check:
        for seed, name in enumerate(CASES):
            write(name, seed)
    passed = [check(name) for name in CASES]
    print(f"{sum(passed)} passed, {len(passed) - sum(passed)} failed")
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
