"""Small annotation files of every published form, as tests write them."""

import json

FLICKR_XML = """<annotation>
  <annotator0>
    <bbox><id>0</id><xmin>15</xmin><ymin>14</ymin><xmax>210</xmax><ymax>222</ymax></bbox>
    <bbox><id>0</id><xmin>23</xmin><ymin>23</ymin><xmax>237</xmax><ymax>222</ymax></bbox>
  </annotator0>
  <annotator1>
    <bbox><id>1</id><xmin>14</xmin><ymin>11</ymin><xmax>234</xmax><ymax>223</ymax></bbox>
  </annotator1>
  <annotator2>
    <bbox><id>2</id><xmin>0</xmin><ymin>22</ymin><xmax>256</xmax><ymax>229</ymax></bbox>
  </annotator2>
</annotation>
"""

TABLE = '''---g-f_I2yQ,1,people marching,test
--0PQM4-hqg,30,"bird chirping, tweeting",train
--0PQM4-hqg,30,"bird chirping, tweeting",train
9fhhMaXTraI_44000_54000,44,"say ""hello""",train
--0PQM4-hqg,30,people marching,test
'''

TEST_LIST = """glLQrEijrKg_000300.mp4,playing hammond organ
LDoXsip0BEQ_177000_187000.mp4,"engine accelerating, revving, vroom"
6jiO0tPLK7U_000090.mp4,basketball bounce
"""

VGGSOUNDER_CLASSES = """index,mid,display_name
0,vgg_0,ambulance siren
1,vgg_1,"bird chirping, tweeting"
"""

VGGSOUNDER = """video_id,label,modality,background_music,static_image,voice_over
---g-f_I2yQ_000001,ambulance siren,A,True,False,False
---g-f_I2yQ_000001,"bird chirping, tweeting",AV,True,False,False
--0PQM4-hqg_000030,ambulance siren,V,False,False,True
"""

CLASSES = '"bird chirping, tweeting",1050,animals\nambulance siren,1050,vehicle\n'

# One whole box, one zero area, one out of range (and so of zero area), one without a box.
BOXES = json.dumps(
    [
        {
            'file': 'zpWuikVorYg_000032',
            'class': 'elk bugling',
            'bbox': [[0.4, 0.25, 0.6, 0.75], [0.1, 0.2, 0.1, 0.9]],
        },
        {
            'file': 'gEvCUcZ6w88_000030',
            'class': 'female speech, woman speaking',
            'bbox': [[0.4, 0.66, -2.8823037615171176e16, 0.98]],
        },
        {'file': 'JIemsK_0lXc_364000_374000', 'class': 'playing cello', 'bbox': []},
        {
            'file': 'RgyqhpOJFM4_000030',
            'class': 'playing cello',
            'bbox': [[0.5, 0.5, 1.5, 1.0]],
            'time': 1.5,
            'event': [1, 2.5],
            'group': 'a',
        },
    ],
    indent=1,
)

NEGATIVES = '[{"file": "neg--000000_000000", "kind": "silence", "time": 1.5}]'

IDS = 'zpWuikVorYg_000032\ngEvCUcZ6w88_30000_40000\nzpWuikVorYg_000032\n'

FLICKR_IDS = '10000130166,202\n10007936344,0\n'

PAIRS = """video,audio,label
9PmzQI8ZYpg_000147,9PmzQI8ZYpg_000147,non-sounding
zpWuikVorYg_000032,gEvCUcZ6w88_000030,non-sounding
"""

IS3 = json.dumps(
    [
        {
            'image': f'/data/of/the authors/frames/cat_clock_1828_{name}.jpg',
            'audio': f'/data/of/the authors/audio/cat_clock_1828_{name}.wav',
            'gt_box': box,
        }
        for name, box in (('cat', [85.0, 63.0, 200.0, 186.0]), ('clock', [0.0, 3.0, 224.0, 99.0]))
    ],
    indent=1,
)

S4 = '0d9u2CymIxc_1,helicopter\n0d9u2CymIxc_2,helicopter\n-a_b_5,race_car\n'
MS3 = '26xaTuDMCIQ_1_1,"guitar, violin"\n26xaTuDMCIQ_1_2,"guitar, violin"\n'

MOMENTS = json.dumps(
    {
        '9fhhMaXTraI_44000_54000': [47, 46, 45],
        'zpWuikVorYg_000032': [{'time': 1.25, 'score': 0.9}, {'time': 8.0}],
    },
    indent=1,
)

AVE = """Category&VideoID&Quality&StartTime&EndTime
Church bell&RUhOCu3LNXM&good&0&10
Church bell&VWi2ENBuTbw&good&0&0
Male speech, man speaking&-hChcJAh5N0&good&5&10
Bark&-hChcJAh5N0&good&1&3
Bark&-hChcJAh5N0&good&1&3
"""

KINETICS = """label,youtube_id,time_start,time_end,split,is_cc
abseiling,-3B32lodo2M,59,69,train,0
"tap dancing",_dbcJuKJQNs,40,50,train,0
singing,_dbcJuKJQNs,80,90,validate,0
"""

MUSIC_SOLO = """{
    "version": 1.0,
    "videos": {
        "flute": ["jW_AuF6dQYY", "3wPouBFa9U0"],
        "acoustic_guitar": ["IPsA3sz934M"]
    }
}
"""

MUSIC_DUET = '{"version": 1.0, "videos": {"flute violin": ["8DHG_hVSw1o"]}}'

SEGMENTS = """# Segments csv created Sun Mar  5 10:54:25 2017
# num_ytids=20371, num_segs=20371, num_unique_labels=527, num_positive_labels=51804
# YTID, start_seconds, end_seconds, positive_labels
--4gqARaEJE, 0.000, 10.000, "/m/0bt9lr,/m/05tny_"
--BfvyPmVMo, 20.000, 30.000, "/m/01yrx"
--U7joUcTCo, 0.000, 10.000, "/m/05tny_,/m/01yrx"
-0BIyqJj9ZU, 30.000, 37.500, "/m/04rlf"
"""

AUDIOSET_CLASSES = """index,mid,display_name
0,/m/0jbk,Animal
1,/m/0bt9lr,Dog
2,/m/05tny_,Bark
3,/m/01yrx,Cat
4,/m/04rlf,Music
"""

ONTOLOGY = json.dumps(
    [
        {'id': '/t/dd00000', 'name': 'Living things', 'child_ids': ['/m/0jbk'], 'restrictions': []},
        {'id': '/m/0jbk', 'name': 'Animal', 'child_ids': ['/m/0bt9lr', '/m/01yrx']},
        {'id': '/m/0bt9lr', 'name': 'Dog', 'child_ids': ['/m/05tny_']},
        {'id': '/m/05tny_', 'name': 'Bark', 'child_ids': []},
        {'id': '/m/01yrx', 'name': 'Cat', 'child_ids': []},
        {'id': '/m/04rlf', 'name': 'Music', 'child_ids': []},
    ],
    indent=1,
)
