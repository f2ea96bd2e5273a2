"""Values of another kind than what takes them expects are refused."""

import pytest

from ...config_checks import checked

WRONG = {
    'randomness.seed=abc': "'abc' is given, set_randomness expects a whole number",
    'randomness=5': '5 is given, Runner expects a dict',
    'model.frozen=backbone': "'backbone' is given, AudioVisualRecognizer expects a list",
    'model.cls_head.attention=logit': "'logit' is given, AudioVisualHead expects a dict",
    'model.cls_head.num_classes=2.5': '2.5 is given, AudioVisualHead expects a whole number',
    'train_cfg.max_epochs=abc': "'abc' is given, EpochBasedTrainLoop expects a whole number",
    'train_dataloader=abc': "'abc' is given, Runner expects a dict",
    'train_dataloader.num_workers=abc': "'abc' is given, DataLoader expects a whole number",
    'optim_wrapper.optimizer.lr=abc': "'abc' is given, AdamW expects a number",
    'optim_wrapper.clip_grad=3': '3 is given, MixedPrecisionOptimWrapper expects a dict',
    'resume=abc': "'abc' is given, Runner expects True or False",
    'log_level=abc': "'abc' is given, expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL",
    'custom_hooks.0.priority=HIH': "'HIH' is given, expected one of HIGHEST, VERY_HIGH, HIGH",
}
RIGHT = (
    *('model.cls_head.dropout=0', 'model.channels_last=1', 'randomness.seed=3', 'load_from=x.pth'),
    *(
        'train_dataloader.dataset.boxes_file=None',
        'param_scheduler.0.end=0.5',
        'log_level=DEBUG',
        'log_level=20',
    ),
    *('custom_hooks.0.priority=low', 'custom_hooks.0.priority=20', 'model.frozen=(backbone,)'),
    *('optim_wrapper.optimizer.lr=1', 'optim_wrapper.clip_grad=None', 'compile=True'),
)


@pytest.mark.parametrize('option', WRONG)
def test_a_value_that_cannot_be_used(option):
    (line,) = checked(option)
    assert line.startswith(f'--cfg-options {option.partition("=")[0]}: {WRONG[option]}')


@pytest.mark.parametrize('option', RIGHT)
def test_a_value_that_can(option):
    assert checked(option) == []
