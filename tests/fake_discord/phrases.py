"""What people in the made-up community say: small lists, put together at random."""

from __future__ import annotations

from random import Random

OPENERS = ("Good morning!", "Hi all,", "Quick question:", "Update:", "Oh nice,", "Hm,")
SUBJECTS = (
    "my little boat",
    "the new lantern",
    "our weather station",
    "the tide clock",
    "the garden radio",
    "my first soldering kit",
    "the map of the bay",
    "the kite camera",
    "the bread oven",
    "the old sewing machine",
)
VERBS = (
    "finally works",
    "needs one more screw",
    "looks better than I hoped",
    "fell over in the wind",
    "is ready for Saturday",
    "makes a strange sound",
    "survived the rain",
    "wants a coat of paint",
    "taught me a lot this week",
)
TAILS = (
    "thanks to your tips",
    "and I could not be happier",
    "so pictures will follow",
    "but I am not giving up",
    "after the third attempt",
    "as promised last week",
    "if anyone wants to see it",
)
QUESTIONS = (
    "Does anyone have a spare battery holder?",
    "Which glue holds on wet wood?",
    "Is the meeting still at seven?",
    "How do you keep cables tidy on a boat?",
    "Who wants to test the tide clock with me?",
    "What are you all building this weekend?",
    "Can someone explain how the wind sensor is read?",
)
SHORT = (
    "thank you!",
    "love it",
    "same here",
    "haha, true",
    "on my way",
    "well done 👏",
    "I will try that tonight",
    "that is a good idea",
    "yes please",
    "no idea, sorry",
    "welcome aboard! ⚓",
    "see you there",
)
OTHER_LANGUAGES = (
    "Guten Morgen zusammen, die Lampe leuchtet wieder!",
    "Hat jemand noch Schrauben in M4?",
    "¡Qué bonito quedó el faro!",
    "¿Alguien viene el sábado al taller?",
    "Merci beaucoup, ça marche enfin !",
    "Le four à pain est prêt 🥖",
    "Bom dia, o barco já flutua!",
    "今日は風が強いですね。",
    "できました。写真は明日のせます。",
    "谢谢大家的帮助。灯塔亮了。",
    "오늘 작업실에서 만나요!",
    "शुक्रिया, अब घड़ी ठीक चल रही है।",
    "شكرا جزيلا، القارب جاهز للإبحار",
    "תודה רבה, נתראה בסדנה",
    "Спасибо, всё заработало!",
    "Dziękuję, spróbuję jutro.",
    "Hyvää iltaa, laituri on valmis.",
)
TITLES = (
    "Tide clock, second try",
    "Which sail for a small boat?",
    "Bread oven build log",
    "Radio reception near the pier",
    "Paint that survives salt water",
    "Kite camera: first pictures",
    "Saturday workshop plans",
    "Lantern with a candle sensor",
    "Sewing a rain cover",
    "風の強い日のアンテナ",
    "Karte der Bucht, Version 2",
    "خريطة الميناء القديم",
    "Knots we use every day",
    "Weather station in a teapot",
)


def sentence(rng: Random) -> str:
    """Return something a member might write: a remark, a question, a few words."""
    roll = rng.random()
    if roll < 0.30:
        return rng.choice(SHORT)
    if roll < 0.45:
        return rng.choice(QUESTIONS)
    if roll < 0.57:
        return rng.choice(OTHER_LANGUAGES)
    core = f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)}"
    if rng.random() < 0.5:
        core = f"{core}, {rng.choice(TAILS)}"
    if rng.random() < 0.4:
        return f"{rng.choice(OPENERS)} {core}."
    return f"{core[0].upper()}{core[1:]}."
