"""Tiny networks of the classes that open-vocabulary localization loads, saved by their library."""

import json
from pathlib import Path

import torch

#: Side of pictures, and of patches.
SIDE, PATCH = 32, 8
#: Features of pictures and sentences.
WIDTH = 16


def _text(limit: int = 77) -> dict:
    return dict(
        vocab_size=300,
        hidden_size=WIDTH,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=limit,
    )


def _vision() -> dict:
    return dict(
        hidden_size=WIDTH,
        intermediate_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        image_size=SIDE,
        patch_size=PATCH,
    )


def tagger(folder: Path, classes: list[str], seed: int = 0) -> Path:
    """An Audio Spectrogram Transformer with classes of these names."""
    from transformers import ASTConfig, ASTFeatureExtractor, ASTForAudioClassification

    torch.manual_seed(seed)
    config = ASTConfig(
        hidden_size=WIDTH,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_length=208,
        num_mel_bins=32,
        id2label=dict(enumerate(classes)),
        label2id={name: number for number, name in enumerate(classes)},
    )
    ASTForAudioClassification(config).save_pretrained(folder)
    ASTFeatureExtractor(num_mel_bins=32, max_length=208).save_pretrained(folder)
    return folder


def clap(folder: Path, seed: int = 0) -> Path:
    """A CLAP without fusion."""
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    torch.manual_seed(seed)
    audio = dict(
        hidden_size=16,
        patch_embeds_hidden_size=8,
        depths=[1, 1],
        num_attention_heads=[2, 2],
        num_classes=4,
        projection_dim=WIDTH,
    )
    text = dict(_text(40), projection_dim=WIDTH, pad_token_id=1, bos_token_id=0, eos_token_id=2)
    config = ClapConfig(text_config=text, audio_config=audio, projection_dim=WIDTH)
    ClapModel(config).save_pretrained(folder)
    ClapFeatureExtractor(feature_size=64).save_pretrained(folder)
    _roberta().save_pretrained(folder)
    return folder


def clipseg(folder: Path, seed: int = 0) -> Path:
    """A CLIPSeg."""
    from transformers import CLIPSegConfig, CLIPSegForImageSegmentation

    torch.manual_seed(seed)
    config = CLIPSegConfig(
        text_config=dict(_text(), eos_token_id=1, bos_token_id=0, pad_token_id=1),
        vision_config=_vision(),
        projection_dim=WIDTH,
        reduce_dim=8,
        decoder_num_attention_heads=2,
        decoder_intermediate_size=16,
        extract_layers=[0, 1, 2],
    )
    CLIPSegForImageSegmentation(config).save_pretrained(folder)
    _clip_tokens().save_pretrained(folder)
    _colours(folder)
    return folder


def clip(folder: Path, seed: int = 0) -> Path:
    """A CLIP."""
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(seed)
    config = CLIPConfig(
        text_config=dict(_text(), eos_token_id=1, bos_token_id=0, pad_token_id=1),
        vision_config=_vision(),
        projection_dim=WIDTH,
    )
    CLIPModel(config).save_pretrained(folder)
    _clip_tokens().save_pretrained(folder)
    _colours(folder)
    return folder


def siglip(folder: Path, seed: int = 0) -> Path:
    """A SigLIP."""
    from transformers import SiglipConfig, SiglipModel

    torch.manual_seed(seed)
    text = dict(_text(64), projection_size=WIDTH, bos_token_id=0, eos_token_id=1, pad_token_id=0)
    config = SiglipConfig(text_config=text, vision_config=_vision())
    SiglipModel(config).save_pretrained(folder)
    _words().save_pretrained(folder)
    _colours(folder)
    return folder


def _letters(end: str) -> dict[str, int]:
    """Numbers of letters, and of letters at the end of a word."""
    letters = 'abcdefghijklmnopqrstuvwxyz,.-'
    return {letter: number for number, letter in enumerate([*letters, *(c + end for c in letters)])}


def _colours(folder: Path) -> None:
    """How pictures are normalized; the file that the hub has."""
    settings = dict(image_mean=[0.5, 0.4, 0.3], image_std=[0.2, 0.3, 0.4])
    (folder / 'preprocessor_config.json').write_text(json.dumps(settings))


def _clip_tokens():
    from transformers import CLIPTokenizer

    vocab = {'<|startoftext|>': 0, '<|endoftext|>': 1}
    vocab.update({key: number + 2 for key, number in _letters('</w>').items()})
    return CLIPTokenizer(vocab=vocab, merges=[])


def _roberta():
    from transformers import RobertaTokenizer

    vocab = {'<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3, '<mask>': 4, 'Ġ': 5}
    letters = 'abcdefghijklmnopqrstuvwxyz,.-'
    vocab.update({letter: number + 6 for number, letter in enumerate(letters)})
    return RobertaTokenizer(vocab=vocab, merges=[], model_max_length=30)


def _words():
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocab = {'<pad>': 0, '<unk>': 1}
    vocab.update({key: number + 2 for key, number in _letters('_').items()})
    plain = Tokenizer(models.WordLevel(vocab, unk_token='<unk>'))
    plain.pre_tokenizer = pre_tokenizers.Split('', 'isolated')
    return PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token='<pad>', unk_token='<unk>', model_max_length=64
    )
