"""What kind of answer a question asks for, in Chinese and English. It decides an answer's shape.

What a sentence may hold to be an answer is another matter, and is learned: see ``asked.wanted``.
"""

from __future__ import annotations

import re

from rag.types import Kind

_BODIES = (
    "银行|机构|公司|平台|部门|单位|集团|企业|协会|媒体|券商|监管|总局|委员会|股份行|大行|农商行"
)
_BODY_WORDS = (
    r"bank|institution|compan(?:y|ies)|regulator|body|bodies|agency|agencies|authorit(?:y|ies)"
    r"|organi[sz]ation|platform|ministry|department|firm|outlet|newspaper"
)
_N = r"[一两二三四五六七八九十几\d]"
# In the order of precedence: the first that fits is what the answer looks like.
_PATTERNS: tuple[tuple[Kind, str], ...] = (
    (
        "overview",
        r"(?:讲|说|规定|写|提出|涉及|包含|包括)了?(?:些|哪些)?(?:什么(?:内容)?|啥|哪些(?:内容"
        r"|方面))[?。]?$"
        r"|(?:主要|核心|具体|重要)(?:内容|观点|要点|变化|规定|看点|精神|条款)"
        r"|有(?:什么|哪些|何)(?:新的?|主要的?|具体的?|重要的?|核心的?)?"
        r"(?:要求|内容|规定|变化|影响|措施|亮点|特点|要点|看点|新意|动作|动向|进展|调整|限制|趋势)"
        r"|发生了?(?:什么|哪些)(?:事|变化)?|概括|总结|概述|综述|介绍(?:一下|下)|梳理|简述|说说|讲讲"
        r"|谈谈|要点|是怎么回事|怎么一回事"
        r"|怎么了[?。]?$"
        r"|什么情况[?。]?$|来龙去脉"
        r"|\bwhat (?:do|does|did|will) .*\b(?:say|says|cover|covers|require|change|changes|mean"
        r"|involve)\b[^,]{0,20}$"
        r"|\bwhat (?:is|are|was) .*\babout\b|\bsummar(?:y|i[sz]e)\b|\boverview\b|\bmain (?:points?"
        r"|ideas?|changes)\b"
        r"|\bkey (?:points?|requirements|changes|takeaways)\b"
        r"|\bwhat are the (?:\w+ ){0,4}(?:requirements|rules|changes)\b"
        r"|\btell me about\b|\bexplain\b|\bdescribe\b|\bwhat happened\b|\bwhat'?s new\b"
        r"|\boutline\b",
    ),
    (
        "reason",
        r"为什么|为何|为啥|原因|缘何|怎么会|何以|凭什么|理由|因为什么|由于什么|怎么[会就]"
        r"|\bwhy\b|\breasons?\b|\bwhat (?:caused|causes|led to|drives|drove)\b|\bhow come\b"
        r"|\bbecause of what\b",
    ),
    (
        "comparison",
        r"哪(?:个|家|一?种|一?类|边)(?:[^,，]{0,6})?(?:更|比较)|谁(?:的[^,，]{0,8})?更|和.*(?:区别"
        r"|差别|差异|不同|异同)"
        r"|与.*(?:区别|差别|差异|不同|异同)|(?:区别|差别|差异|不同之?处?)(?:是|在|有)|相比(?:如何"
        r"|怎样|怎么样|谁|哪)"
        r"|对比|比较一?下|哪个(?:多|少|大|小|高|低|好|贵|便宜|快|早|晚)|孰"
        r"|\bdifferences? between\b|\bcompare[ds]?\b|\bcomparison\b|\bversus\b|\bvs\b"
        r"|\bdiffer(?:s|ent)?\b|\bwhich .*\b(?:more|higher|larger|bigger|better|fewer|lower|less"
        r"|smaller|most)\b",
    ),
    (
        "yes_no",
        r"吗[?。]?$|是否|能不能|可不可以|会不会|有没有|能否|可否|是不是|要不要|该不该|对不对|算不算"
        r"|需不需要|收不收|允不允许"
        r"|^(?:is|are|was|were|do|does|did|can|could|will|would|has|have|had|should|may|must|am)\b",
    ),
    (
        "percent",
        r"百分之(?:几|多少)|百分比|占比|比例|比重|份额|几成|[^概效汇频]率(?:是|为|有|达|降|升|的"
        r"|[?。]?$|多)|增速|涨幅|跌幅|降幅|增幅|幅度"
        r"|(?:增长|下降|上涨|下跌|上升|提高|降低)了?(?:多少|几)(?:个?百分点|[%?。]|$)|占.{0,12}多少"
        r"|多少个?百分点|多少个?(?:bp|基点)"
        r"|\bpercent(?:age)?\b|\bper cent\b|\brate\b|\bshare of\b|\bproportion\b|\bratio\b"
        r"|\bwhat fraction\b",
    ),
    (
        "date",
        r"什么时候|什么时间|何时|哪一?[年天日月]|几[月号日](?!期)|哪个(?:月|季度|年份)|日期|啥时"
        r"|多会儿|何日|何年|截止到?(?:哪|什么)"
        r"|时间(?:是|为|点|[?。]?$)|(?:从|自)(?:什么|何|哪)|\bwhen\b|\bwhat (?:date|day|year|month"
        r"|time|quarter)\b"
        r"|\bwhich (?:year|month|day|date|quarter)\b|\b(?:since|until|by) when\b",
    ),
    (
        "list",
        rf"哪些|哪{_N}+[个家种款项类条点大]|有什么|包括什么|有谁|分别(?:是|有|为|叫)(?:什么|哪|谁)"
        rf"|都有|列出|列举|有何|名单(?:上|里|中)"
        rf"|什么和什么|哪{_N}+(?:银行|机构|省)|\blist\b|\bname the\b|\bwhat are\b"
        rf"|\bwhich \w+s\b(?! (?:is|was|has)\b)|\bwho are\b"
        r"|\bwhat (?:kinds?|types?|sorts?) of\b|\bwhat \w+s (?:are|were|do|does|did|can|must)\b",
    ),
    (
        "number",
        rf"多少|几(?:[个家张倍款种项次成位人年天名条户笔元台岁门只口座场届轮步环档级块分]|百|千|万"
        rf"|亿)|{_N}*几|第几|多[大高长久远重厚快宽深]"
        r"|数量|人数|总数|总量|金额|总额|规模(?:是|为|有|达|[?。]?$)|余额(?:是|为|有|[?。]?$)|户数"
        r"|张数|次数|数字是"
        r"|\bhow (?:many|much|long|large|big|high|far|often|old|wide|deep|fast)\b"
        r"|\bwhat (?:amount|number|size|sum|total|volume)\b|\bnumber of\b|\bwhat (?:is"
        r"|was) the (?:\w+ )*"
        r"(?:amount|total|volume|balance|size|number|value|scale|limit|cost|fee|price)\b",
    ),
    (
        "organisation",
        rf"哪(?:一?[家个所间]|些)?(?:{_BODIES})|什么(?:{_BODIES})|哪家|谁(?:来)?(?:发布|出台|印发"
        rf"|制定|公布|监管|负责监管|批准|主办|发起|披露|颁布)"
        rf"|(?:发布|主管|监管|发起|主办)(?:机构|单位|部门|方)是|\b(?:which"
        rf"|what) (?:\w+ )?(?:{_BODY_WORDS})\b"
        rf"|\bwho (?:issued|published|regulates|released|supervises|founded|runs|owns|announced)\b"
        rf"|\bby whom\b",
    ),
    (
        "person",
        r"谁|哪位|什么人|何人|哪个人|(?:行长|董事长|总裁|总经理|分析师|负责人|创始人|作者|主席"
        r"|首席[^是,，]{0,6})(?:是|叫)"
        r"|\bwho(?:m|se|'s)?\b|\bwhich (?:person|analyst|executive|expert)\b",
    ),
    (
        "place",
        r"哪里|哪儿|何地|何处|什么地方|哪个(?:城市|国家|省份?|市|地区|区|县)"
        r"|在哪(?![年天个家些一种位])|地点|举办地|所在地|注册地"
        r"|\bwhere\b|\b(?:which|what) (?:country|city|province|region|place|town)\b",
    ),
    (
        "how",
        r"如何|怎么|怎样|怎办|方法|方式|流程|步骤|途径|做法|办法是|\bhow\b|\bin what way\b"
        r"|\bby what means\b|\bsteps?\b",
    ),
    (
        "name",
        r"叫什么|什么名|名称|全称|全名|简称|标题|什么|啥|哪[个款种项条本]|\bwhat\b|\bwhich\b"
        r"|\bcalled\b|\bname of\b|\btitle\b",
    ),
)  # fmt: skip
_KINDS = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)
_DEGREE = re.compile(r"\bhow (?:many|much|long|large|big|high|far|often|old|wide|deep|fast|come)\b")


def read_kinds(question: str) -> tuple[Kind, ...]:
    """The kinds of answer that a question asks for, the one that shapes it first; () for none.

    Args:
        question: as asked.
    """
    text = question.lower().replace("？", "?").replace("％", "%").rstrip("!！ ")
    found = [kind for kind, pattern in _KINDS if pattern.search(text)]
    if "how" in found and _DEGREE.search(text) and not re.search(r"如何|怎", text):
        found.remove("how")
    if "name" in found and len(found) > 1:
        found.remove("name")  # "what" and 什么 stand in questions of every kind
    return tuple(found)
