# ResNet-18 on pictures at a quarter of its width, without its last stage and with late strides. Its
# receptive field is 107 pixels wide, on a grid of 14 x 14. With a field wider than the frame of
# 112 pixels, places next to an object predict it as well as the object itself, and the localizer
# attends to them.
picture_r18_small = dict(
    base_channels=16,
    conv1_kernel=(1, 7, 7),
    num_stages=3,
    out_indices=(2,),
    inflate=(0, 0, 0),
    spatial_strides=(1, 2, 2),
    temporal_strides=(1, 1, 1),
    dilations=(1, 1, 1),
)
