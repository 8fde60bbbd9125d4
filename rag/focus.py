"""What a question asks of its subject: the 导演 of 《流浪地球》, the 余额 of 信用卡贷款.

An answer says the same in its own words: who asks for a director is answered beside 执导, who asks
when something starts beside 开幕. What is left of the question is its subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MONEY = r"\d[万亿千百多余]*(?:美?元|英镑|欧元|港元|日元)"
COUNT = r"\d[万亿千百多余]*"
PERCENT = r"\d[%‰]|百分点|\dbp|基点"
_FILM = r"喜剧|动作|科幻|悬疑|爱情|犯罪|纪录|战争|历史|动画|恐怖|惊悚|青春|古装|都市|传记|奇幻|冒险"
_OFFICE = r"总裁|总经理|董事长?|主席|行长|负责人|首席|部长|主任|分析师|院长|教授"
# What is asked for -> what stands beside the answer -> what the answer looks like: a pattern, a
# class of names, or "" where the row does not tell. Any number of rows may apply.
_CUES: tuple[tuple[str, str, str], ...] = (
    (r"导演|执导", r"导演|执导", "person"),
    (
        r"主演|演员|谁演|演的?谁|饰演|主角|扮演",
        r"主演|领衔|饰演?|出演|演员|扮演|主角|演的",
        "person",
    ),
    (r"编剧|作者|谁写", r"编剧|作者|著|所写|写的|创作", "person"),
    (
        r"冠军|金牌|得主|夺冠|获得者|赢得|获奖|最佳[^,。]{0,6}奖",
        r"冠军|夺冠|夺得|金牌|登顶|摘金|捧杯|问鼎|折桂|获得|获胜|赢得|加冕|战胜|击败|得主|荣获|斩获|获奖"
        r"|\d[:比-]\d",
        "",
    ),
    (
        r"成绩|比分|排名|名次",
        r"晋级|止步|出局|击败|战胜|负于|不敌|名列|位列|获得|进入|闯入|名次|成绩",
        r"[亚季殿冠]军|第[一二三四五六七八九十\d]+|[四八六]强|\d强|\d[:比-]\d|小组",
    ),
    (r"上映|公映", r"上映|公映|定档|首映|登陆|献映", ""),
    (r"首播|开播|播出时间", r"首播|开播|播出|上线", ""),
    (r"平台", r"平台|播出|上线|视频|tv|卫视", ""),
    (r"开幕|开始|开赛|启动", r"开幕|开始|开赛|启动|启幕|举行|起至|至|拉开|开启", ""),
    (r"闭幕|结束|截止|到期", r"闭幕|结束|落幕|收官|截止|截至|至|到期", ""),
    (
        r"举办|举行|召开|主办|承办|在哪|地点|哪里|峰会",
        r"举办|举行|召开|主办|承办|落户|开幕|启动|在.{2,12}[市省国]",
        "",
    ),
    (r"访[华问]|出访", r"访[华问]|抵达|到访|访", ""),
    (r"发布|推出|上线|面世|印发|出台|公布", r"发布|推出|上线|亮相|面世|公布|发售|印发|出台", ""),
    (r"发售|发行", r"发售|发行|上市|开售|推出", ""),
    (r"发射|升空|首飞|交付[日时]", r"发射|升空|首飞|交付|接收|飞行|首航", ""),
    (r"创立|成立|创办|创始|建立|创建", r"创立|成立|创办|创始|建立|创建|建于|始建", ""),
    (r"去世|逝世|葬礼|国葬", r"去世|逝世|辞世|葬礼|国葬|告别", ""),
    (r"死亡|遇难|伤亡|死伤", r"死亡|遇难|罹难|丧生|身亡|死", r"\d[多余]?[人名]"),
    (r"震级|几级", r"地震|震级|里氏", r"\d级"),
    (r"施行|实施|生效|执行|落地", r"施行|实施|生效|执行|落地|起|调整为", ""),
    (
        r"增长率|增速|涨幅|降幅|跌幅|[^概效汇频]率(?:是|为|有|达|$)|占比|比例|比重|百分之|年化",
        r"增长|增加|上升|上涨|提高|增幅|增速|同比|环比|下降|减少|下滑|[跌降涨占率]|缩水|回落|年化",
        PERCENT,
    ),
    (
        r"(?:增长|上涨|上升|增加|下降|减少|缩水|下滑|降|涨|少|多)了?多少",
        r"增长|增加|上升|上涨|提高|同比|环比|下降|减少|下滑|[跌降涨]|缩水|回落|少了|多了",
        rf"{PERCENT}|{_MONEY}|\d[万亿]|\d[万亿千百多余]*[张户家人个]|\d倍|翻了?[\d两]?[倍番]",
    ),
    (r"gdp|生产总值", r"gdp|生产总值|经济", ""),
    (r"销量|交付量|销售量", r"销[量售]|交付|售出|卖出", COUNT),
    (r"产量", r"产量|生产|产出|总产", COUNT),
    (r"出口量", r"出口", COUNT),
    (r"吞吐量", r"吞吐量|完成", COUNT),
    (r"发送量|旅客", r"发送|旅客|客运|客流|人次", COUNT),
    (r"发卡量", r"发卡|卡量", COUNT),
    (r"营收|收入|营业额|利润", r"营收|收入|营业额|利润|净利|盈利", _MONEY),
    (r"票房", r"票房|吸金", _MONEY),
    (r"价格|售价|票价|多少钱", r"价|售|元起|费|花|付|卖|共计?|达", _MONEY),
    (r"股价|市值", r"股价|每股|收盘|市值", _MONEY),
    (r"余额|金额", r"余额|金额|共计?|合计|达|为", _MONEY),
    (r"额度|年费", r"额度|年费|最高|授信|上限", _MONEY),
    (r"奖金|赔偿|罚", r"奖金|赔|罚|没收|追缴|处以|共计?|达", _MONEY),
    (
        r"当选|新任|总统|市长|首相|主席|行长|部长|总理|书记|校长|董事长",
        r"当选|出任|就任|任命|担任|总统|市长|首相|主席|行长|部长|总理|书记|校长|董事长|任",
        "",
    ),
    (
        r"职务|职位|担任",
        r"任|担任|总裁|总经理|董事|主席|行长|负责人|首席|部长|主任|分析师",
        _OFFICE,
    ),
    (r"类型|什么电影|什么电视剧|什么剧", r"类型|片|剧|题材", _FILM),
    (
        r"人数|多少(?:用户|人)|几人|人次|志愿者",
        r"人数|人次|用户|共|合计|总|\d[万亿多余]*[人名户]",
        r"\d[万亿千多余]*[人名户]|\d[万亿]",
    ),
    (
        r"(?:多少|几)[支个家张项座款次条种笔户]|数量|总[数量]|席位|议席|规模",
        r"共|合计|总|达|为|有|超|约|余|突破|近|席|设|规模",
        COUNT,
    ),
    (
        r"多久|多长时间|几天|几年|期限|过渡期",
        r"为期|历时|持续|共|第|仅|天|年|月|过渡期",
        r"\d[多余]?(?:个月|天|年|小时|日)",
    ),
    (r"多长|长度|全长", r"长", r"\d(?:公里|千米|米|km|个月|年|天)"),
    (
        r"能不能|可不可以|是否|能否|可否|吗",
        r"不得|可以|不能|禁止|严禁|允许|不可|应当|必须",
        "",
    ),
    (r"原因|为什么|为何", r"因|由于|导致|为了|原因|在于|鉴于", ""),
    (r"禁止|严禁|不得|不允许", r"禁止|严禁|不得|不可|不能|不允许", ""),
    (r"首都", r"首都|首府", "place"),
    (r"全称|文件名|名称|叫什么|标题|吉祥物|主题", r"《|“|名为|称为|叫|命名|全称|关于|是", ""),
)
_COMPILED = tuple((re.compile(asked), re.compile(said), value) for asked, said, value in _CUES)
# Words that only say of what kind the answer is.
_KIND_WORDS = frozenset(
    [
        "时间", "地点", "日期", "时候", "人数", "数量", "城市", "国家", "哪部", "哪个", "多少",
        "名称", "内容", "情况", "多久", "多长", "具体", "总数", "一共", "总共", "请问", "哪年",
        "地方",
    ]
)  # fmt: skip
_ASKING = re.compile(r"谁|什么|多少|哪|几|何|多[长久大高]|怎")


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """What is asked and of what.

    Attributes:
        cues: what may stand beside the answer; () where the question's words do not tell.
        expected: what the answer looks like: a pattern, ``person``, ``place``, or "" for unknown.
        head: the question's own word for what it asks; "" where there is none.
        subject: places, among the question's words, of those that say what it is about.
    """

    cues: tuple[re.Pattern[str], ...]
    expected: str
    head: str
    subject: tuple[int, ...]


def find_focus(text: str, words: Sequence[str]) -> Focus:
    """Focus of a question.

    Args:
        text: the question, normalised.
        words: its content words in order.
    """
    rows = [row for row in _COMPILED if row[0].search(text)]
    head = _find_head(text, words)
    subject = tuple(
        at
        for at, word in enumerate(words)
        if word != head
        and word not in _KIND_WORDS
        and not any(asked.fullmatch(word) for asked, _, _ in rows)
    )
    return Focus(
        cues=tuple(said for _, said, _ in rows),
        expected=next((value for _, _, value in reversed(rows) if value), ""),
        head=head,
        subject=subject or tuple(range(len(words))),
    )


def _find_head(text: str, words: Sequence[str]) -> str:
    """The last word before the asking one, else the first after it; the last of all without."""
    told = [word for word in words if word not in _KIND_WORDS]
    if not told:
        return ""
    asking = _ASKING.search(text)
    if asking is None:
        return told[-1]
    before = [word for word in told if 0 <= text.find(word) < asking.start()]
    after = [word for word in told if text.find(word, asking.end()) >= 0]
    return before[-1] if before else (after or told)[-1]
