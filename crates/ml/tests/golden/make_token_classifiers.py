"""Makes the golden token classifiers and their logits with transformers; `--check` makes the logits anew and compares.

    python make_token_classifiers.py           writes one folder a case under `token-classification/`
    python make_token_classifiers.py --check   fails if what is written differs from what transformers gives today

Needs torch, transformers, safetensors, tokenizers. All checkpoints are tiny and random but for `surnames`, which is trained here on
invented surnames that it then tags in any sentence. The logits are computed in 32-bit floats, from the texts themselves.
"""

import argparse
import json
import pathlib
import random
import sys

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoModelForTokenClassification, BertConfig, CamembertConfig, DistilBertConfig, ElectraConfig,
    PreTrainedTokenizerFast, RobertaConfig, XLMRobertaConfig,
)

HERE = pathlib.Path(__file__).parent / "token-classification"
TOLERANCE = 1e-5
TEXTS = [
    "Anna Kovač wrote to Ben.",
    "naïve  café,\tO'Brien (Zürich) 東京 🙂 x",
    "",
    "the quick brown fox jumps over the lazy dog, it rests",
]
CORPUS = TEXTS + ["the quick dog met Anna and Ben in the lazy town", "a fox, a dog; it jumps (then rests)"]

BIO = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-MISC", "I-MISC"]
IO = ["O", "PERSON", "GPE", "EMAIL"]
BILOU = ["O"] + [f"{part}-{kind}" for kind in ["PER", "ORG"] for part in "BILU"]
SHAPE = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, max_position_embeddings=96)
DISTIL = dict(dim=32, n_layers=2, n_heads=4, hidden_dim=48, max_position_embeddings=96)
# Each case: configuration, tokenizer, labels, number type, and what is given besides the shape.
CASES = {
    "bert": (BertConfig, "wordpiece", BIO, torch.float32, SHAPE),
    "distilbert": (DistilBertConfig, "wordpiece", BIO, torch.float16, DISTIL),
    "electra": (ElectraConfig, "wordpiece", IO, torch.float32, dict(SHAPE, embedding_size=20, hidden_act="gelu_new")),
    "roberta": (RobertaConfig, "bytes", IO, torch.float32, dict(SHAPE, type_vocab_size=1, pad_token_id=1)),
    "camembert": (CamembertConfig, "bytes", BIO, torch.bfloat16, dict(SHAPE, type_vocab_size=1, pad_token_id=1, hidden_act="relu")),
    "xlm-roberta-sharded": (XLMRobertaConfig, "unigram", BILOU, torch.bfloat16, dict(SHAPE, type_vocab_size=1, pad_token_id=1)),
}

# So few that even a short text takes several windows.
POSITIONS = 48
SURNAMES = "zorblat quimvex vlimstrop xazzock jonkvar wumbley kexlorn grizbane hnorvik yublax kravendi zofzin".split()
WORDS = (
    "the a we met saw wrote asked thanked and or with from to in on yesterday today house garden market report letter dog cat tea good "
    "old new long short is was has had did not her his their our my your then when it that this for by at of work meeting group team"
).split()


def tokenizer_of(kind):
    """A small tokenizer of each sort, learnt from the texts above."""
    if kind == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        trainer = trainers.WordPieceTrainer(vocab_size=140, special_tokens=special, show_progress=False)
        ends = ("[CLS]", "[SEP]")
    elif kind == "bytes":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
        ends = ("<s>", "</s>")
    else:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.NFKC()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.decoder = decoders.Metaspace()
        special = ["<s>", "<pad>", "</s>", "<unk>"]
        trainer = trainers.UnigramTrainer(vocab_size=120, special_tokens=special, unk_token="<unk>", show_progress=False)
        ends = ("<s>", "</s>")
    tokenizer.train_from_iterator(CORPUS, trainer)
    return ended(tokenizer, ends)


def ended(tokenizer, ends):
    first, last = ends
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(mark, tokenizer.token_to_id(mark)) for mark in ends])
    return tokenizer


def spelling_tokenizer():
    """Knows common words and spells the others letter by letter, so that a surname is many pieces."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + letters + [f"##{c}" for c in letters]
    pieces += list(".,;:!?()[]_@-/'\"") + [str(d) for d in range(10)] + [f"##{d}" for d in range(10)]
    pieces += [word for word in WORDS if len(word) > 1]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return ended(tokenizer, ("[CLS]", "[SEP]"))


def config_of(family, labels, vocabulary, more):
    names = dict(enumerate(labels))
    return family(vocab_size=vocabulary, id2label=names, label2id={v: k for k, v in names.items()}, **more)


def build(name, seed):
    torch.manual_seed(seed)
    family, kind, labels, width, more = CASES[name]
    tokenizer = tokenizer_of(kind)
    model = AutoModelForTokenClassification.from_config(config_of(family, labels, tokenizer.get_vocab_size(), more)).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            noise = 0.3 * torch.randn_like(parameter)
            parameter.copy_((1 + noise if "norm" in key.lower() and "weight" in key else noise).to(width).float())
    return model, tokenizer, width


def sentence(chance):
    """Words and their labels: invented surnames among common words."""
    words, labels = [], []
    share = chance.choice([0.05, 0.3])
    for _ in range(chance.choice([4, 8, 16])):
        if chance.random() < share:
            words.append(chance.choice(SURNAMES))
            labels.append(1)
        elif chance.random() < 0.1:
            words.append(chance.choice(".,;:!?()"))
            labels.append(0)
        elif chance.random() < 0.1:
            # Other words that it has to spell, so that not every spelled word is a surname.
            words.append("".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(chance.randint(2, 7))))
            labels.append(0)
        else:
            words.append(chance.choice(WORDS))
            labels.append(0)
    return words, labels


def train_surnames():
    torch.manual_seed(7)
    chance = random.Random(7)
    tokenizer = spelling_tokenizer()
    shape = dict(SHAPE, max_position_embeddings=POSITIONS, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model = AutoModelForTokenClassification.from_config(
        config_of(BertConfig, ["O", "B-PER", "I-PER"], tokenizer.get_vocab_size(), shape)).train()
    steps = 2000
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, steps)
    for _ in range(steps):
        rows = []
        for _ in range(32):
            words, labels = sentence(chance)
            encoded = tokenizer.encode(words, is_pretokenized=True)
            targets, before = [], None
            for word in encoded.word_ids:
                first = word != before
                targets.append(-100 if word is None else (1 if first else 2) if labels[word] else 0)
                before = word
            rows.append((encoded.ids, targets))
        longest = min(max(len(ids) for ids, _ in rows), POSITIONS)
        pad = lambda row, fill: row[:longest] + [fill] * (longest - len(row))
        ids = torch.tensor([pad(ids, 0) for ids, _ in rows])
        targets = torch.tensor([pad(targets, -100) for _, targets in rows])
        loss = model(ids, attention_mask=(ids != 0).long(), labels=targets).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    print(f"surnames: loss {loss.item():.4f}")
    model = model.eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
    return model, tokenizer, torch.float16


def logits(model, tokenizer):
    """The tokens of each text and their logits; nothing is padded."""
    found = []
    for text in TEXTS:
        encoded = tokenizer.encode(text)
        with torch.no_grad():
            values = model(torch.tensor([encoded.ids])).logits[0]
        found.append(dict(text=text, tokens=encoded.ids, logits=values))
    return found


def save(folder, name, model, tokenizer, width):
    folder.mkdir(parents=True, exist_ok=True)
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=False) + "\n")
    tensors = {k: v.to(width).contiguous() for k, v in model.state_dict().items() if not k.endswith("position_ids")}
    if "sharded" not in name:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names, weight_map = sorted(tensors), {}
    parts = [names[: len(names) // 2], names[len(names) // 2 :]]
    for i, part in enumerate(parts):
        file = f"model-{i + 1:05}-of-{len(parts):05}.safetensors"
        save_file({k: tensors[k] for k in part}, folder / file, metadata={"format": "pt"})
        weight_map.update({k: file for k in part})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}) + "\n")


def write(name, seed):
    model, tokenizer, width = train_surnames() if name == "surnames" else build(name, seed)
    save(HERE / name, name, model, tokenizer, width)
    golden = [dict(row, logits=[[round(v, 6) for v in values] for values in row["logits"].tolist()])
              for row in logits(model, tokenizer)]
    (HERE / f"{name}.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


def check(name):
    """Loads the committed folder with transformers and compares with the committed logits."""
    golden = json.loads((HERE / f"{name}.json").read_text())
    model = AutoModelForTokenClassification.from_pretrained(HERE / name, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(HERE / name / "tokenizer.json")).backend_tokenizer
    worst = 0.0
    for want, got in zip(golden, logits(model, tokenizer), strict=True):
        if want["tokens"] != got["tokens"]:
            print(f"{name}: other tokens")
            return False
        worst = max(worst, (got["logits"] - torch.tensor(want["logits"])).abs().max().item())
    print(f"{name}: differs by {worst:.1e}")
    return worst <= TOLERANCE


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    names = [*CASES, "surnames"]
    if not args.check:
        for seed, name in enumerate(names):
            write(name, seed)
    passed = [check(name) for name in names]
    print(f"{sum(passed)} passed, {len(passed) - sum(passed)} failed")
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
