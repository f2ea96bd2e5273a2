# Pictures with a sound. Boxes belong to the full frame, so it is resized and never cropped.
still_clip = dict(type='mmssl.OpenClip', size=(112, 112))
still_sound = dict(type='mmssl.LogMel')
still_pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
# The middle ten seconds of the sound; a shorter one is repeated.
stills_pipeline = [
    still_clip,
    dict(type='mmssl.SelectMoment', mode='mid', duration=10.0),
    dict(type='mmssl.DecodeClip', duration=10),
    still_sound,
    *still_pack,
]
# AVSBench's clips have 5 s, and a frame belongs to one of these seconds.
masks_pipeline = [
    still_clip,
    dict(type='mmssl.DecodeClip', duration=5),
    still_sound,
    dict(type='mmssl.LoadMask'),
    *still_pack,
]
