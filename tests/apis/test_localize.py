"""Localization of whole videos: every step once, in order, whatever the length."""

import json
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from mmssl.apis import SoundLocalizationInferencer, overlays
from mmssl.apis.localizer import Localization
from mmssl.apis.windows import localize_clip
from mmssl.media import steps_in
from mmssl.media.planar import PlanarPicture

pytestmark = pytest.mark.numeric


class Numbered:
    """Stands for a model: the map of a step holds the step's number."""

    classes, window, margin = ('thing',), 38, 1

    def localize_window(self, clip, start, duration):
        # Whatever the length of the clip, no more frames are held.
        assert duration <= 8 + 2 * self.margin
        numbers = np.arange(round(start * 10), round((start + duration) * 10), dtype=np.float32)
        return Localization(
            maps=np.tile(numbers[:, None, None], (1, 2, 2)),
            scores={'av': np.sqrt(numbers)[:, None]},
        )


class Silent:
    """Stands for a clip of some duration."""

    def __init__(self, duration):
        self.duration = duration


@pytest.mark.parametrize('duration', [0.6, 0.95, 1.0, 7.99, 8.0, 8.05, 9.1, 11.0, 16.4, 65.3])
def test_windows_give_every_step_once(duration):
    found = localize_clip(Numbered(), Silent(duration), window=8)
    assert found.maps[:, 0, 0].tolist() == list(range(steps_in(duration)))
    assert found.agreement == pytest.approx(np.arange(steps_in(duration)), rel=1e-6)


def write_where_nothing_is_drawn(video, out, draw, **options):
    seen = {}
    for time in (0.55, 2.0, 2.95):
        picture = PlanarPicture(VideoFrame(96, 64, 'yuv420p'), matrix=1)
        picture.planes[0][:] = 90
        draw(picture, time)
        seen[time] = bool((picture.planes[0] == 90).all())
    Path(out).write_text(json.dumps(seen))


def test_nothing_is_drawn_where_there_is_no_sound(tmp_path, monkeypatch):
    """A video of 3 s whose sound ends after 1 s."""
    from mmssl.media import write_video

    from ..media_files import RATE

    path = tmp_path / 'clip.mp4'
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    write_video(path, [np.full((64, 96, 3), 90, np.uint8)] * 30, 10, tone, RATE)
    monkeypatch.setattr(overlays, 'overlay_video', write_where_nothing_is_drawn)
    found = SoundLocalizationInferencer(Numbered())(path, out_dir=tmp_path)
    seen = json.loads(found['visualization'][0]['video'].read_text())
    assert seen == {'0.55': False, '2.0': True, '2.95': True}
