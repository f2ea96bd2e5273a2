"""Convert torchvision's resnet18 checkpoint for the second localizer and its teacher.

Examples:
    python tools/model_converters/convert_resnet18.py resnet18-f37072fd.pth \\
        checkpoints/resnet18_imagenet.pth
"""

from convert_mc3_18 import convert

from mmssl.models.checkpoint_names import convert_resnet18

if __name__ == '__main__':
    convert(__doc__, convert_resnet18)
