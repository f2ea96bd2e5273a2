# Open-vocabulary localization of any video; mmssl moments and mmssl boxes mine a folder with it.
_base_ = [
    '../_base_/models/open_vocabulary.py',
    '../_base_/datasets/folder.py',
    '../_base_/default_runtime.py',
]
