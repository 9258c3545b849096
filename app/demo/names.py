"""What are the invented people called?

Given names come from words of weather, plants and water, so that a demo name
is unlikely to be the name of a real teacher or child of the district.
"""

from random import Random

SURNAMES = (
    "赵钱孙李周吴郑王冯陈沈韩杨朱秦许何吕张孔曹严金魏陶姜谢邹苏潘葛范彭鲁马方俞任袁柳"
    "唐薛雷倪汤罗毕郝安常于傅康余顾孟黄萧尹姚邵汪毛宋庞熊项祝董梁杜蓝"
)
_GIVEN = (
    "禾舟屿朵果苗芽穗溪岚晴霁雨雪霜云霞虹月星辰曦晨朝暮夏秋冬春梨桃杏橙柚榆槐桐杉柏"
    "竹兰荷菱芦苇茉莉桔棠枫樱葵麦豆粟川河湖泊洲沐澄泽渔帆桥石砚墨笛"
)


def surname(luck: Random) -> str:
    return luck.choice(SURNAMES)


def full_name(luck: Random, family: str | None = None) -> str:
    """Two or three characters; with `family` a relative of somebody."""
    given = luck.sample(_GIVEN, 1 if luck.random() < 0.2 else 2)
    return (family or surname(luck)) + "".join(given)
