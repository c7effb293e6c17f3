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
from transformers import LlamaConfig, LlamaForCausalLM

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-5
SHAPE = dict(
    hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, vocab_size=64,
    max_position_embeddings=64, rms_norm_eps=1e-5, bos_token_id=0, eos_token_id=0, pad_token_id=0,
)
CASES = {
    "multi-head": dict(num_key_value_heads=4, tie_word_embeddings=True),
    "grouped-query": dict(num_key_value_heads=2, tie_word_embeddings=True, rope_theta=500.0),
    "untied": dict(num_key_value_heads=1, tie_word_embeddings=False, head_dim=10),
    "sharded-bf16": dict(num_key_value_heads=2, tie_word_embeddings=False),
}


def build(name, seed):
    torch.manual_seed(seed)
    config = LlamaConfig(**{**SHAPE, **CASES[name]})
    config._attn_implementation = "eager"
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            noise = 0.2 * torch.randn_like(parameter)
            parameter.copy_(1 + noise if "norm" in key else noise)
            if "bf16" in name:
                parameter.copy_(parameter.bfloat16().float())
    return model


def logits(model):
    tokens = [(i * 37 + 5) % SHAPE["vocab_size"] for i in range(16)]
    with torch.no_grad():
        return tokens, model(torch.tensor([tokens])).logits[0]


def save(folder, name, model):
    folder.mkdir(exist_ok=True)
    tensors = {k: v.contiguous() for k, v in model.state_dict().items()}
    if model.config.tie_word_embeddings:
        tensors.pop("lm_head.weight", None)
    model.config.save_pretrained(folder)
    if "sharded" in name:
        tensors = {k: v.bfloat16() for k, v in tensors.items()}
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
    model = LlamaForCausalLM.from_pretrained(HERE / name, dtype=torch.float32, attn_implementation="eager").eval()
    tokens, values = logits(model)
    worst = (values - torch.tensor(golden["logits"])).abs().max().item()
    print(f"{name}: differs by {worst:.1e}")
    return tokens == golden["tokens"] and worst <= TOLERANCE


def check_base(folder):
    """Loads a whole base folder, as others would."""
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
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
