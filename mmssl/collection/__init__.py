"""Work on a whole collection of clips: find its files, check, prepare and mine it.

- :mod:`clip_files`: which files belong to which clip
- :mod:`check`: a verdict on every clip; :mod:`check_report`: its table and page;
  :mod:`fixed_folder`: repaired copies and links
- :mod:`prepare`: small copies for training
- :mod:`mine`: moments and pseudo boxes; :mod:`mined`: their files; :mod:`coco`: COCO's form
- :mod:`parallel`: one job on many files, past crashes and hangs
- :mod:`journaled`: one job on many items, past kills
"""
