"""Messages that speak to the model instead of to people: told by their patterns.

A heuristic and not a wall: what it finds is kept away from the model and counted in
the report; what it misses meets the checks, the author's name and the link. Narrow on
purpose, for communities talk of bots, models, rules and passwords all day.
"""

from __future__ import annotations

import re

from scripts.report.inert import plain

_ORDERS = r"(?:instructions?|prompts?|guidelines|directions|directives|tasks?|orders)"
_TELLER = r"(?:ai|llm|model|assistant|chatbot|gpt|chatgpt|summari[sz]er|summari[sz]ing)"
_TELL = r"(?:writ|say|stat|includ|mention|contain|begin|start|end|print|output|add|put)"
_PATTERNS = (
    # forget what was said before
    rf"\b(?:ignore|disregard|forget|override|bypass|discard)\b.{{0,40}}\b{_ORDERS}\b",
    (
        r"\b(?:ignore|disregard|forget)\s+(?:all\s+|everything\s+|anything\s+|what\s+)?"
        r"(?:the\s+|your\s+|of\s+)*(?:previous|prior|above|earlier|preceding|rules|you)\b"
    ),
    (
        rf"\b(?:previous|prior|above|system|hidden|secret|initial)\s+{_ORDERS}\b"
        r"(?!\s+(?:me|us|you|users?|for)\b)"
    ),
    rf"\b(?:new|updated|real)\s+{_ORDERS}\s*(?::|for (?:you|the))",
    # a new one, behind what looks like the end of the material
    r"^\W*new (?:task|instructions?|prompt)\b",
    r"(?:```|~~~|---|===|###)\W*end of (?:the )?\w+",
    r"^\W*(?:now )?summari[sz]e\s*(?:this\s*)?:",
    # ... in other languages
    r"\bignorier\w*\b.{0,40}\b(?:anweisung|befehl|vorherig|bisherig)\w*",
    r"\bignor\w+\b.{0,40}\b(?:instruc\w+|consignes|instruções)",
    r"忽略.{0,12}(?:指令|指示|提示|说明)|(?:指示|命令).{0,8}無視",
    r"игнорир\w+.{0,40}(?:инструкц|указан)\w*",
    # be somebody else, or speak with somebody else's voice
    r"\byou are (?:now|no longer) (?:an?|the|in|bound|my)\b",
    r"\b(?:act|respond|behave) as (?:if|(?:an? )?(?:ai|admin|system|unrestricted))\b",
    r"\b(?:system|developer) (?:message|note|override|mode)\b",
    r"^\W*(?:system|assistant|developer)\s*[:>\]]",
    r"\b(?:jailbreak|dan mode|do anything now)\b",
    r"^\s*(?:human|user|u\d+)\s*:",
    # speak to the one that sums up
    (
        rf"\b(?:to|dear|hey|hi|hello|attention|note (?:to|for))\W+"
        rf"(?:the |any |whatever |all )?{_TELLER}\b"
    ),
    rf"^\W*{_TELLER}\s*[,:]",
    (
        rf"\b(?:if|when|while|before|after)\b.{{0,40}}\b(?:you|{_TELLER})\b.{{0,40}}"
        r"\bsummari[sz]\w+"
    ),
    rf"\b(?:summary|digest)\b.{{0,40}}\b(?:must|should|has to)\b.{{0,20}}{_TELL}",
    (
        rf"\b{_TELL}\w*\b.{{0,80}}\b(?:in|into|to|of) (?:the|your|this|any) "
        r"(?:weekly )?(?:summary|digest)\b"
    ),
    (
        r"\b(?:respond|reply|answer|output)\s+(?:only|exactly|with)\s+"
        r"(?:with|the (?:word|phrase|following|sentence|text)|exactly|only|json)\b"
    ),
    r"\b(?:as an? (?:ai|language model))\b",
    # give away what nobody may see
    (
        r"\b(?:reveal|print|repeat|leak|output|display|dump|expose|show)\b.{0,40}"
        r"\b(?:your (?:prompt|instructions|rules|secrets?)|system prompt|secrets|"
        r"credentials|api[ _-]?keys?|environment variables)\b"
    ),
    # break out of the form
    r'"?\bids"?\s*[:=]\s*\[|"\s*sentence\s*"\s*:|\{\s*"role"\s*:|"id"\s*:\s*"m\d',
    r"<\s*/?\s*(?:system|user|assistant|instructions?)\s*>",
    r"<\|.{0,40}?\|>|\[/?INST\]|<<\s*/?SYS\s*>>|</?s>|<(?:start|end)_of_turn>",
    r"^\W*(?:###|---)\s*(?:system|instruction|response|human|user|assistant)\b",
)
_EITHER = "|".join(f"(?:{pattern})" for pattern in _PATTERNS)
_SUSPICIOUS = re.compile(_EITHER, re.IGNORECASE | re.MULTILINE)


def is_suspicious(text: str) -> bool:
    """Tell whether a text, as people wrote it, seems to be meant for the model."""
    return any(map(_SUSPICIOUS.search, (text, plain(text, limit=None))))
