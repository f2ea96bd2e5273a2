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


def tagger(folder: Path, classes: list[str], seed: int = 0, patch: int = 16) -> Path:
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
        patch_size=patch,
        time_stride=patch,
        frequency_stride=patch,
        id2label=dict(enumerate(classes)),
        label2id={name: number for number, name in enumerate(classes)},
    )
    ASTForAudioClassification(config).save_pretrained(folder)
    ASTFeatureExtractor(num_mel_bins=32, max_length=208).save_pretrained(folder)
    return folder


#: Letters that the prompt lacks, by the colour (red or blue) and the tone (low or high) that the
#: networks of :func:`by_hand` hold for one thing with them.
LETTERS = ('dg', 'siren')


def by_hand(folder: Path) -> tuple[Path, Path]:
    """Networks for which a dog is red and low, and a siren blue and high; what hears, what sees."""
    from transformers import ASTForAudioClassification, CLIPSegForImageSegmentation

    hears, sees = tagger(folder / 'hears', ['Dog', 'Siren'], patch=32), clipseg(folder / 'sees')
    network = ASTForAudioClassification.from_pretrained(hears)
    _blank(network)
    parts = network.audio_spectrogram_transformer
    rows = torch.where(torch.arange(32) < 12, 1 / 12, -1 / 20)  # of 20 Hz to 770 Hz, and above
    kernel = (rows / 32).view(1, 32, 1).expand(1, 32, 32)
    parts.embeddings.patch_embeddings.projection.weight.data[:2] = torch.stack([kernel, -kernel])
    attention = parts.layers[0].attention
    _pass_on(attention.v_proj, attention.o_proj)
    network.classifier.dense.weight.data[:, :2] = 3 * torch.eye(2)
    network.save_pretrained(hears)

    network = CLIPSegForImageSegmentation.from_pretrained(sees)
    _blank(network)
    text, vision = network.clip.text_model, network.clip.vision_model
    for number, letters in enumerate(LETTERS):
        for token, letter in enumerate([*_letters('</w>')]):
            if letter[0] in letters:
                text.embeddings.token_embedding.weight.data[token + 2, number] = 10
    attention = text.encoder.layers[0].self_attn
    _pass_on(attention.v_proj, attention.out_proj, network.clip.text_projection)
    for number, colour in enumerate((0, 2)):
        vision.embeddings.patch_embedding.weight.data[number, colour] = 1 / PATCH**2
    decoder = network.decoder
    _pass_on(decoder.reduces[0], decoder.film_mul)
    decoder.transposed_convolution.weight.data[:2] = 3
    network.save_pretrained(sees)
    return hears, sees


def _blank(network: torch.nn.Module) -> None:
    """Nothing but normalizations."""
    for module in network.modules():
        for name, values in module.named_parameters(recurse=False):
            kept = isinstance(module, torch.nn.LayerNorm) and name == 'weight'
            values.data.fill_(float(kept))


def _pass_on(*layers: torch.nn.Linear) -> None:
    for layer in layers:
        torch.nn.init.eye_(layer.weight)


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
    return _saved(CLIPSegForImageSegmentation(config), _clip_tokens(), folder)


def clip(folder: Path, seed: int = 0) -> Path:
    """A CLIP."""
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(seed)
    config = CLIPConfig(
        text_config=dict(_text(), eos_token_id=1, bos_token_id=0, pad_token_id=1),
        vision_config=_vision(),
        projection_dim=WIDTH,
    )
    return _saved(CLIPModel(config), _clip_tokens(), folder)


def siglip(folder: Path, seed: int = 0) -> Path:
    """A SigLIP."""
    from transformers import SiglipConfig, SiglipModel

    torch.manual_seed(seed)
    text = dict(_text(64), projection_size=WIDTH, bos_token_id=0, eos_token_id=1, pad_token_id=0)
    config = SiglipConfig(text_config=text, vision_config=_vision())
    return _saved(SiglipModel(config), _words(), folder)


def _saved(network, tokens, folder: Path) -> Path:
    """The folder with a network, its tokens and how it wants pictures."""
    network.save_pretrained(folder)
    tokens.save_pretrained(folder)
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
