"""Forms of published data sets that have labels alone: AVE, Kinetics, MUSIC and AudioSet."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from . import annotations as ann
from .forms import Form, FormFiles, FormSamples, Sample, register, require_classes
from .published_forms import no_row_of_split, repeated_note


def ave(files: FormFiles) -> FormSamples:
    """AVE's ``Annotations.txt``, which has all classes; the splits are in ``trainSet.txt`` etc."""
    rows = ann.read_ave(files.ann_file)
    path = Path(files.ann_file).with_name(f'{files.split}Set.txt')
    chosen = ann.read_ave(path)
    counted: Counter[str] = Counter()
    samples = []
    for row in chosen:
        # A video may have several events, which share its file.
        counted[row.video] += 1
        number = counted[row.video]
        name = row.video if number == 1 else f'{row.video}#{number}'
        length = row.end - row.start
        event = (float(row.start), float(row.end)) if length else None
        moment = row.start + length / 2 if length else None
        samples.append(Sample(name, None, row.video, row.video, row.label, moment, event))
    known = [row.video for row in rows]
    return FormSamples(samples, _sorted(rows), known, repeated_note(path, chosen))


def kinetics(files: FormFiles) -> FormSamples:
    """A table of Kinetics; Kinetics-Sounds are some of its classes."""
    rows = ann.read_kinetics(files.ann_file)
    samples = [
        Sample(row.video_id, None, row.file, row.file, row.label)
        for row in rows
        if row.split == files.split
    ]
    if not samples:
        raise no_row_of_split(files, (row.split for row in rows))
    known = [row.video_id for row in rows]
    return FormSamples(samples, _sorted(rows), known, repeated_note(files.ann_file, rows))


def music(files: FormFiles) -> FormSamples:
    """A list of MUSIC; labels of a list with duets are names without numbers."""
    rows = ann.read_music(files.ann_file)
    samples = [Sample(row.video, label=' '.join(row.instruments)) for row in rows]
    duets = sum(len(row.instruments) > 1 for row in rows)
    notes = repeated_note(files.ann_file, rows)
    if duets:
        told = f'{duets} of {len(rows)} videos have two instruments, so labels have no numbers'
        return FormSamples(samples, notes=[*notes, f'{files.ann_file}: {told}'])
    return FormSamples(samples, sorted({row.instruments[0] for row in rows}), notes=notes)


def audioset(files: FormFiles) -> FormSamples:
    """A table of AudioSet's segments: those that have exactly one of the classes.

    The classes' names and the ontology are in the same folder. A segment has a class if it is
    labelled with it or with one that belongs to it. Of classes that belong to each other, the
    narrowest counts.
    """
    folder, rows = Path(files.ann_file).parent, ann.read_segments(files.ann_file)
    names = ann.read_class_table(folder / 'class_labels_indices.csv')
    ontology = ann.read_ontology(folder / 'ontology.json')
    identifiers = {found.name: identifier for identifier, found in ontology.items()}
    identifiers |= {name: identifier for identifier, name in names.items()}
    require_classes(files, identifiers)
    classes = list(files.classes or names.values())
    chosen = {identifiers[name]: name for name in classes}
    above = _ancestors(ontology)
    counts: Counter[int] = Counter()
    samples = []
    for row in rows:
        for label in row.labels:
            if label not in names and label not in ontology:
                raise ann.AnnotationError(
                    f'{files.ann_file}: {row.video_id} has the label {label!r}, which is neither '
                    'in class_labels_indices.csv nor in ontology.json'
                )
        found = _narrowest(row.labels, chosen, above)
        counts[min(len(found), 2)] += 1
        if len(found) == 1:
            samples.append(Sample(row.video_id, label=chosen[found[0]]))
    note = (
        f'{files.ann_file}: {counts[1]} of {len(rows)} segments have one of the {len(classes)} '
        f'classes; left out are {counts[0]} with none of them and {counts[2]} with several'
    )
    known = [row.video_id for row in rows]
    return FormSamples(samples, classes, known, [*repeated_note(files.ann_file, rows), note])


def _ancestors(ontology: Mapping[str, ann.OntologyClass]) -> dict[str, set[str]]:
    """Classes that each class belongs to, at any distance."""
    above: dict[str, set[str]] = {identifier: set() for identifier in ontology}
    for identifier in ontology:
        ahead = list(ontology[identifier].children)
        while ahead:
            below = ahead.pop()
            if identifier not in above[below]:
                above[below].add(identifier)
                ahead += ontology[below].children
    return above


def _narrowest(
    labels: Iterable[str], chosen: Mapping[str, str], above: Mapping[str, set[str]]
) -> list[str]:
    """Chosen classes that labels belong to, without those that another one belongs to."""
    reached = {*labels}.union(*(above.get(label, ()) for label in labels))
    found = [identifier for identifier in chosen if identifier in reached]
    wider = set().union(*(above.get(identifier, ()) for identifier in found))
    return [identifier for identifier in found if identifier not in wider]


def _sorted(rows: Iterable[ann.EventRow] | Iterable[ann.ActionRow]) -> list[str]:
    return sorted({row.label for row in rows})


for _form in (
    Form('ave', ave),
    Form('kinetics', kinetics),
    Form('music', music),
    Form('audioset', audioset),
):
    register(_form)
