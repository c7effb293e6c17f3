"""Microsoft's span evaluator (presidio-evaluator) on findings whose types are already those of the labels.

    evaluate.py FILE...

Each file holds NDJSON lines `{"text", "labels", "findings"}` with `type`, `start` and `end` in characters. Prints one JSON line
a file: precision, recall and F2 over all personal data, type or not, as the evaluator's own notebooks report them.
"""

import json
import logging
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import pandas
import spacy
from presidio_evaluator.evaluation import SpanEvaluator


def tags(tokens, spans):
    """The type of each token: that of the first span that touches it."""
    spans = sorted(spans, key=lambda span: span["start"])
    of = lambda token: next(
        (span["type"] for span in spans if span["start"] < token.idx + len(token) and token.idx < span["end"]), "O"
    )
    return [of(token) for token in tokens]


def frame(lines, blank):
    rows = []
    for number, line in enumerate(lines):
        tokens = blank(line["text"])
        labels, findings = tags(tokens, line["labels"]), tags(tokens, line["findings"])
        for token, annotation, prediction in zip(tokens, labels, findings):
            rows.append((number, token.text, annotation, prediction, token.idx))
    return pandas.DataFrame(rows, columns=["sentence_id", "token", "annotation", "prediction", "start_indices"])


def main():
    blank = spacy.blank("en")
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as lines:
            results = frame([json.loads(line) for line in lines], blank)
        score = SpanEvaluator().calculate_score_on_df(results, beta=2, level="pii")
        numbers = {"precision": score.pii_precision, "recall": score.pii_recall, "f2": score.pii_f}
        print(json.dumps(numbers))


main()
