"""Finds personal data with other people's programs, in the form of `candor redact --findings --offsets chars`.

    peers.py ENGINE INPUT OUTPUT

Reads NDJSON lines `{"id", "text"}`, writes `{"id", "findings": [{"type", "start", "end", "score"}]}`, and prints one JSON
line with the seconds of processor time that finding took, the most memory of the process, and the engine's version.
"""

import importlib.metadata
import inspect
import json
import logging
import resource
import sys
import time

logging.disable(logging.WARNING)

# Presidio's own advice for a threshold that keeps its weak patterns out.
THRESHOLD = 0.35


def presidio(countries):
    """Presidio's pattern recognizers on blank spaCy tokens: the weights of its name models are not on package registries."""
    import spacy
    from spacy.language import Language
    from presidio_analyzer import AnalyzerEngine, PatternRecognizer, RecognizerRegistry, predefined_recognizers
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    @Language.component("lowercase_as_lemma")
    def lowercase_as_lemma(doc):
        for token in doc:
            token.lemma_ = token.lower_
        return doc

    class BlankEngine(SpacyNlpEngine):
        def __init__(self):
            super().__init__()
            blank = spacy.blank("en")
            blank.add_pipe("lowercase_as_lemma")
            self.nlp = {"en": blank}

    registry = RecognizerRegistry()
    if countries:
        for _, kind in inspect.getmembers(predefined_recognizers, inspect.isclass):
            if issubclass(kind, PatternRecognizer) and "supported_language" in inspect.signature(kind).parameters:
                registry.add_recognizer(kind(supported_language="en"))
        registry.add_recognizer(predefined_recognizers.PhoneRecognizer(supported_language="en"))
    else:
        registry.load_predefined_recognizers(languages=["en"], nlp_engine=BlankEngine())
        registry.remove_recognizer("SpacyRecognizer")
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=BlankEngine(), supported_languages=["en"])
    print(f"{len(registry.recognizers)} recognizers", file=sys.stderr)

    def find(text):
        found = analyzer.analyze(text=text, language="en", score_threshold=THRESHOLD)
        return [(one.entity_type, one.start, one.end, one.score) for one in found]

    return find, "presidio-analyzer"


def scrubadub():
    import scrubadub

    scrubber = scrubadub.Scrubber()

    def find(text):
        found = scrubber.iter_filth(text)
        return [(kind.upper(), one.beg, one.end, 1.0) for one in found for kind in kinds(one)]

    # A merged find is of every type that was merged into it.
    def kinds(one):
        return sorted({part.type for part in getattr(one, "filths", [one])})

    return find, "scrubadub"


ENGINES = {
    "presidio": lambda: presidio(countries=False),
    "presidio-countries": lambda: presidio(countries=True),
    "scrubadub": scrubadub,
}


def main():
    engine, source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    find, package = ENGINES[engine]()
    # What is made at the first use is not finding.
    find("Warm up: mail a@b.com, call 212-555-0100, and go to https://a.com.")
    answers = []
    start = time.process_time()
    for record in records:
        answers.append(find(record["text"]))
    seconds = time.process_time() - start
    with open(target, "w", encoding="utf-8") as out:
        for record, found in zip(records, answers):
            findings = [{"type": t, "start": s, "end": e, "score": score} for t, s, e, score in found]
            out.write(json.dumps({"id": record["id"], "findings": findings}) + "\n")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
    version = importlib.metadata.version(package)
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb, "version": version}))


main()
