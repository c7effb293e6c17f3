"""The same training steps in PyTorch, on one core, for `cargo xtask bench train`.

Reads one order a line on stdin, `full CONFIG` or `lora CONFIG` with the path of a Hugging Face `config.json`, does some steps and
prints the CPU seconds that one took. The first step of an order is not counted.
"""

import json
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

WINDOWS, STEPS = 8, 2
MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

torch.set_num_threads(1)
torch.manual_seed(1)
made = {}


def training(kind, path):
    """The model in training mode, its optimizer and a batch; made once."""
    if (kind, path) not in made:
        with open(path, encoding="utf-8") as file:
            config = LlamaConfig(**json.load(file))
        config.dtype = config.torch_dtype = "float32"
        config.use_cache = False
        model = LlamaForCausalLM(config).float().train()
        if kind == "lora":
            lora = LoraConfig(r=8, lora_alpha=16, target_modules=MODULES, task_type="CAUSAL_LM")
            model = get_peft_model(model, lora)
        trained = [p for p in model.parameters() if p.requires_grad]
        adam = torch.optim.AdamW(trained, lr=1e-3, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
        tokens = torch.randint(0, config.vocab_size, (WINDOWS, config.max_position_embeddings))
        made[kind, path] = (model, trained, adam, tokens)
    return made[kind, path]


def step(model, trained, adam, tokens):
    adam.zero_grad(set_to_none=True)
    model(input_ids=tokens, labels=tokens).loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    adam.step()


for line in sys.stdin:
    kind, path = line.split(maxsplit=1)
    everything = training(kind, path.strip())
    step(*everything)
    start = time.process_time()
    for _ in range(STEPS):
        step(*everything)
    print((time.process_time() - start) / STEPS, flush=True)
