# A sound tagger and a network that finds words in pictures, from the Hugging Face hub. With a
# folder instead of a name, no download is needed.
model = dict(
    type='mmssl.OpenVocabularyLocalizer',
    tagger=dict(
        name='MIT/ast-finetuned-audioset-10-10-0.4593', licence='BSD-3-Clause', megabytes=346
    ),
    vision=dict(name='CIDAS/clipseg-rd64-refined', licence='Apache-2.0', megabytes=603),
    labels='tagger',
    words=None,
    data_preprocessor=dict(
        type='MultiModalDataPreprocessor',
        preprocessors=dict(
            # Each network normalizes its own input as in its training.
            imgs=dict(type='mmssl.ClipPreprocessor', format_shape='NCTHW'),
            audios=dict(type='mmssl.ClipPreprocessor', format_shape='NCTHW'),
        ),
    ),
)
# This model is not trained.
train_cfg = None
val_cfg = None
test_cfg = dict(type='TestLoop')
optim_wrapper = None
