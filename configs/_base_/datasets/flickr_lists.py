# Flickr-SoundNet's lists instead of VGGSound's: pictures with sounds of about 20 seconds.
flickr = dict(
    form='flickr-soundnet',
    data_root='data/flickr_soundnet',
    data_prefix=dict(video='frames', audio='audio'),
)
flickr_train = dict(**flickr, ann_file='flickr_144k.txt', subset_file=None)
flickr_test = dict(**flickr, ann_file='flickr_test.csv', boxes_file='Annotations')
