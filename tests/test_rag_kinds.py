"""The kind of answer that a question asks for: the first kind that is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.kinds import read_kinds

QUESTIONS = {
    "number": """截至2025年二季度末，信用卡和借贷合一卡一共有多少张？
        徽商银行公布了多少家互联网贷款合作机构？
        东亚银行(中国)披露了几家助贷合作机构？
        12家银行信用卡消费金额合计缩水多少？
        花呗有多少用户
        信用卡新规的过渡期有多长？
        95后到00后用户数量增长了几倍？
        借呗最高可以借多少钱？
        信用卡张数连续多少个季度变少？
        2024年助贷市场规模有多大？
        中国银行停发了多少款联名卡？
        梁晶注销了几张卡？
        How many small business owners has MYbank served?
        How long is the transition period?
        How much did card spending shrink?
        What is the total balance of credit card loans?
        What was the number of partner institutions?
        How large is the loan facilitation market?""",
    "percent": """00后的无卡率是多少？
        支付宝理财内容用户中21到55岁的占比是多少？
        移动支付的渗透率是多少？
        上海银行平台类互联网消费贷款投放同比增长多少？
        信用卡数量和高点相比降了百分之几？
        平安银行信用卡贷款余额的降幅是多少？
        女性用户的比例是多少？
        花呗的年化利率是多少？
        认为花呗更方便的95后占多少？
        美国信用卡坏账率是多少？
        What percentage of users are under 35?
        What is the annual interest rate of Huabei?
        What share of small businesses received loans?
        What proportion of creators earn more than 10,000 a month?""",
    "date": """助贷新规什么时候施行？
        信用卡通知何时全面落地？
        信用卡数量的高点是哪一年？
        助贷新规从哪天起施行？
        分期收费规则的征求意见什么时候截止？
        半年报的发布时间是？
        新规几月开始执行？
        论坛是哪天召开的？
        When does the new loan facilitation rule take effect?
        What year did card numbers peak?
        In which month was the notice issued?
        Since when has the rule applied?""",
    "person": """建设银行行长是谁？
        谁说信用卡业务缩水和移动支付有关？
        博通咨询的首席分析师叫什么？
        哪位副总裁在论坛上发言？
        什么人最常用花呗？
        Who is the chief executive of Ant Group?
        Who said that AI will reshape inclusive finance?
        Whose analysis is quoted?""",
    "organisation": """哪家银行是唯一信用卡交易额突破2万亿元的银行？
        助贷新规是哪个机构发布的？
        王蓬博是哪家机构的分析师？
        哪个部门监管助贷业务？
        谁发布了助贷新规？
        网商银行由谁发起？
        什么银行停发了联名卡？
        Which bank stopped issuing co-branded cards?
        Who issued it?
        What regulator published the notice?""",
    "place": """支付宝理财内容用户最多的三个省份是哪里？
        徽商银行的总部在哪？
        论坛在什么地方举办？
        创作者最多的是哪个省？
        蚂蚁集团的注册地是哪个城市？
        Where are most of the creators?
        Which province has users in the lead?""",
    "list": """徽商银行的互联网贷款合作产品有哪些？
        哪三家银行更早公开了助贷合作机构名单？
        哪些流程必须由银行独立完成？
        支付结算环节引入了哪几家机构？
        助贷业务有哪四项原则？
        支付宝和什么和什么合作，列举一下
        创作者的收入都有哪些来源？
        Which products does Huishang Bank cooperate on?
        List the partner institutions of Bank of East Asia.
        What kinds of institutions are banks choosing?
        Name the three provinces.""",
    "yes_no": """银行能不能和名单以外的机构开展互联网助贷合作？
        支付结算环节会收取支付通道费用吗？
        花呗是否接入征信？
        信用卡还有年费吗
        新规允许分行自主合作吗？
        招商银行有没有调整年费？
        中小银行可不可以自建平台？
        Can a bank work with institutions off the list?
        Does the channel charge fees?
        Is the notice in force?
        May branches choose partners?""",
    "reason": """信用卡为什么在缩水？
        为什么不同报道的信用卡贷款余额合计不一样？
        信用卡缩水的原因有哪些？
        银行为何选择头部机构？
        梁晶销卡的理由是什么？
        缘何多家银行披露名单？
        Why is the number of credit cards shrinking?
        What led to the decline?
        What is the reason for closing card centres?""",
    "how": """中小银行在助贷新规之后应该如何发展？
        网商银行如何用AI做金融营销？
        90后的人均持卡量怎样变化？
        如何注销支付宝账号？
        京东白条的逾期费怎么算？
        银行披露名单的方式？
        How does MYbank use AI in marketing?
        How should small banks develop?""",
    "comparison": """余额宝和花呗的用户哪个多？
        花呗和信用卡有什么区别？
        徽商银行和东亚银行的名单有什么不同？
        招商银行与平安银行谁的降幅更大？
        哪家银行的交易额更高？
        对比一下两家银行的余额
        What is the difference between Huabei and a credit card?
        Which bank has more partners?
        Compare the balances of the two banks.""",
    "overview": """助贷新规讲了什么？
        新规有哪些要求？
        助贷新规的主要内容是什么？
        信用卡通知有什么规定？
        总结一下支付宝财经内容生态报告
        助贷新规对银行有什么影响？
        介绍一下徽商银行的合作名单
        最近一周央行有什么动作？
        信用卡“大退潮”是怎么回事？
        助贷新规的要点
        What does the new rule say?
        What are the new requirements?
        Summarize the new loan facilitation rule.
        Give me an overview of the report.
        What is the notice about?
        Tell me about the white list.""",
    "name": """助贷新规的正式文件名称是什么？
        2022年的信用卡通知叫什么？
        金晓龙在蚂蚁集团担任什么职务？
        增信服务费要计入什么？
        What is the full title of the notice?""",
}
CASES = [(kind, line.strip()) for kind, lines in QUESTIONS.items() for line in lines.split("\n")]


def test_there_are_more_than_a_hundred_questions():
    assert len(CASES) > 100


@pytest.mark.parametrize(("kind", "question"), CASES)
def test_first_kind(kind, question):
    assert read_kinds(question)[:1] == (kind,)


@pytest.mark.parametrize("text", ["花呗", "", "Huabei", "。", "信用卡新规"])
def test_what_asks_nothing_has_no_kind(text):
    assert read_kinds(text) == ()


@given(st.text(max_size=80))
def test_any_text_is_read(text):
    kinds = read_kinds(text)
    assert len(kinds) == len(set(kinds))
