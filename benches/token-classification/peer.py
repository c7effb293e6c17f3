"""How fast transformers reads the texts that `crates/ml/examples/token_classifier_speed.rs` reads, on one thread.

    python peer.py make FOLDER TEXT    writes a random model of the size of BERT base, with a tokenizer learnt from the text
    python peer.py time FOLDER TEXT    reads the lines of the text one by one, and prints what it took

Needs torch, transformers, tokenizers. A line is a text; what is longer than a window of 512 tokens is left out on both sides.
"""

import pathlib
import resource
import sys
import time

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoModelForTokenClassification, BertConfig, PreTrainedTokenizerFast

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-MISC", "I-MISC"]
VOCABULARY = 28_996
WINDOW = 512


def make(folder, lines):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(mark, tokenizer.token_to_id(mark)) for mark in ["[CLS]", "[SEP]"]])
    names = dict(enumerate(LABELS))
    torch.manual_seed(1)
    config = BertConfig(vocab_size=VOCABULARY, id2label=names, label2id={v: k for k, v in names.items()})
    AutoModelForTokenClassification.from_config(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))


def measure(folder, lines):
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    model = AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json")).backend_tokenizer
    size = tokens = 0
    start = time.process_time()
    with torch.inference_mode():
        for line in lines:
            ids = tokenizer.encode(line).ids
            if len(ids) > WINDOW:
                continue
            model(torch.tensor([ids])).logits.softmax(-1)
            size += len(line.encode())
            tokens += len(ids) - 2
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{size / seconds / 1000:.2f} KB/s, {tokens / seconds:.0f} tokens/s, {size} bytes, {tokens} tokens, {peak} MiB at most")


def main():
    what, folder, text = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    lines = [line for line in text.read_text().splitlines() if line.strip()]
    dict(make=make, time=measure)[what](folder, lines)


if __name__ == "__main__":
    main()
