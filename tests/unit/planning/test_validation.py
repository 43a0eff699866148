"""What a suite names and does not exist or does not fit is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.errors import EmobenchError
from tests.support.planned_faces import experiment, plan


def test_published_metric_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"no metric 'acuracy'; did you mean 'accuracy'\?"):
        plan(tmp_path, experiment() + "published = { acuracy = 0.5 }\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "dropout = 0.0",
            'dropout = "0.2"',
            "model 'resnet18': dropout is \"0.2\", expected a number; its default is 0.0",
        ),
        ("dropout = 0.0", "dropout = true", "model 'resnet18': dropout is true, expected a number"),
        (
            'name = "official"',
            'name = "random-clips", seed = 0.5',
            "protocol 'random-clips': seed is 0.5, expected an integer",
        ),
        (
            "size = 48",
            "size = [48]",
            "representation 'gray-face': size is [48], expected an integer; its default is 48",
        ),
    ],
)
def test_parameter_of_another_type_than_its_default_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = experiment().replace('"official"', '{ name = "official" }')
    text += "representations = { gray-face = { size = 48 } }\n"
    assert old in text
    with pytest.raises(EmobenchError) as caught:
        plan(tmp_path, text.replace(old, new))
    assert str(caught.value).startswith(f"mine.toml, experiment 'one': {said}")
