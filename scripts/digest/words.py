"""Words with a meaning for the checks, as they stand in a casefolded text.

Owns the lists and nothing else. They are of English where grammar decides (who asks,
what is only planned), and of more languages where one word is enough (who says no).
What the lists miss is caught by the overlap, which knows no language.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Say nothing by themselves: in every sentence, so in every message, too.
FUNCTION = _words(
    # English
    """
    a an the this that these those there here it its it's itself he she they them their
    him his her hers we us our ours i me my mine you your yours who whom whose which
    what how when where why is are was were be been being am do does did done doing have
    has had having of in on at to for from by with about into onto over under up down
    out off through during as than then so such too also and or but if while because
    since until though although however just very really quite still yet already
    again once now well will would can could should may might must shall get got gets
    getting let lets not no some any other another own same more most much less
    i'm i've i'd i'll we're we've they're you're that's there's what's let's he's she's
    ok okay yes yeah oh hey hi hello lol etc via per like
    """
    # German, French, Spanish, Portuguese, Italian, Dutch, Russian
    """
    der die das den dem des ein eine einen einem einer und oder aber ist sind war waren
    wird werden hat haben ich wir ihr sie mit von auf für im am zu zum zur es sich auch
    noch schon nur bei nach wie dass wenn weil denn damit
    le la les un une des du de et ou mais est sont était je tu il elle nous vous ils
    elles dans sur pour avec par ce cette ces que qui se sa son ses au aux en y
    el los las una unos unas del y o pero es son era yo ella nosotros con para por lo
    al su sus se como más muy porque hay hubo está están
    os as um uma uns umas do da dos das e ou mas é são eu ele ela nós com para por no na
    nos nas ao à seu sua
    il lo gli uno di e ma sono era io lui lei noi con per che si al nel della dei
    het een en of maar zijn ik jij hij zij wij met van op voor aan dat die te
    и в на с что это как по но а я он она мы вы они у к за из от же бы то
    """  # noqa: RUF001 - Russian
)

# Introduce what is said: they come from who tells, not from the message.
NEUTRAL_FRAMES = _words(
    """
    say says said saying mention mentions mentioned mentioning report reports reported
    reporting explain explains explained explaining note notes noted noting state states
    stated stating write writes wrote writing tell tells told telling discuss discusses
    discussed discussing discussion talk talks talked talking describe describes
    described describing post posts posted posting comment comments commented
    commenting share shares shared sharing point points pointed reply replies replied
    replying respond responds responded responding answer answers answered answering
    add adds added adding chat chats chatted conversation topic message messages
    according user users member members person people someone somebody author
    participant participants
    recall recalls recalled think thinks thought believe believes believed
    sagt sagte meint schreibt fragt laut zufolge berichtet erwähnt
    dit écrit demande selon dice escribe pregunta según comenta avisa diz pergunta
    """
)

# Verbs of telling that say a little more: neutral only where "that" follows, for what
# follows then is a whole statement, to be found in the message by itself.
TELLING = _words(
    """
    announces announced confirms confirmed warns warned claims claimed admits admitted
    remembers remembered clarifies clarified adds added observes observed reminds
    concludes concluded
    """
) | {"points out", "pointed out"}
# ... and what stands around the author in scripts without spaces
TELLING_PARTS = (
    "说",
    "說",
    "认为",
    "認為",
    "表示",
    "指出",
    "提到",
    "によると",
    "は",
    "が",
)
TELLING_ENDS = ("と言っています", "と述べています", "と話しています")

ASKING = _words(
    """
    ask asks asked asking question questions questioned wonder wonders wondered
    wondering whether inquire inquires inquired request requests requested requesting
    seek seeks sought seeking fragt fragte demande demandé pregunta preguntó pergunta
    perguntou chiede vraagt
    """
)
BEGIN_QUESTIONS = _words(
    """
    how what why when where who which whose does do did is are can could would should
    anyone anybody someone somebody has have wie was warum wann wo wer welche kann
    hat comment pourquoi quand où qui quel cómo qué por cuándo dónde quién como porque
    """
)
# ... also behind a greeting
ASK_WITH = _words("how what why where which anyone anybody wie was warum comment cómo")
REQUESTS = _words(
    """
    please pls plz help need bitte hilfe svp ajuda ayuda favor
    """
)

# Not so yet, or not for certain: what the message hedges, the sentence must hedge.
HEDGES = _words(
    """
    if unless might may maybe perhaps possibly could should would probably likely hope
    hopes hoped hoping wish wishes plan plans planned planning going gonna will won't
    i'll we'll they'll he'll she'll it'll i'd we'd want wants wanted wanting consider
    considers considered considering try tries tried trying attempt attempts need needs
    needed seem seems seemed apparently suspect suspects assume assumes guess unsure
    almost nearly todo let's lets soon propose proposes proposed proposing suggest
    suggests suggested suggesting recommend recommends recommended recommending idea
    intend intends expect expects expected looking think thinks thought believe believes
    believed sure suppose supposed supposedly rumor rumour rumors heard unless whether
    vielleicht wahrscheinlich könnte sollte würde will möchte plane wenn falls
    peut-être pourrait devrait veut voudrait si quizás tal vez podría debería quiere
    talvez poderia deveria quer se forse potrebbe
    """
)
CONDITIONS = _words("if unless whether suppose imagine falls wenn si")
# ... and which of them a message must have had for a sentence to say them.
SUGGESTING = _words(
    """
    propose proposes proposed proposing suggest suggests suggested suggesting suggestion
    recommend recommends recommended recommending consider considers considered
    considering will offer offers offered advise advises advised empfiehlt rät
    recomienda aconseja propone
    """
)
MAKES_SUGGESTIONS = HEDGES | _words(
    """
    must try use can can't why instead better about i'd would have had got tomorrow
    next later happy glad please go don't always never offer offers offered
    """
)

# Turn a sentence round.
NEGATORS = _words(
    """
    not no never none nothing nobody nowhere neither nor without cannot cant dont doesnt
    didnt isnt arent wasnt werent wont wouldnt couldnt shouldnt hasnt havent aint hardly
    except excluding unable lack lacks lacking lacked fail fails failed failing refuse
    refuses refused stop stops stopped denies denied
    außer nicht kein keine keinen keinem keiner niemals niemand nichts ohne
    pas jamais sans rien aucun aucune
    excepto nunca nadie nada sin ningún ninguna não sem nenhum nenhuma ninguém
    non mai senza nessuno niet geen nooit zonder 안 못 nie nic bez nigdy
    ikke aldrig inte aldrig utan değil yok
    не нет ни без никогда никто нельзя ні немає
    لا ليس لم لن ما غير
    """
)
# ... in scripts that put no spaces between words
NEGATING_PARTS = ("不", "没", "沒", "無", "无", "未", "ない", "ません", "않", "없")

# Only to be said if the message says so itself, by reason.
STRICT = {
    "quantity": _words(
        """
        all every everyone everybody everything each both several many most few half
        double twice thrice triple dozen dozens hundreds thousands millions majority
        always only first second third fourth fifth last latest oldest newest next final
        finally consensus unanimous unanimously group team community together whole
        entire nobody none never alle jeder tous toutes todos todas tutti все
        """
    ),
    "modality": _words(
        """
        plan plans planned planning want wants wanted wanting hope hopes hoped hoping
        intend intends intended wish wishes wished need needs needed must
        """
    ),
    "date": _words(
        """
        today tonight tomorrow yesterday morning afternoon evening night noon midnight
        weekend monday tuesday wednesday thursday friday saturday sunday january
        february march april june july august september october november december
        heute morgen gestern montag dienstag mittwoch donnerstag freitag samstag sonntag
        hoy mañana ayer lunes martes miércoles jueves viernes sábado domingo
        aujourd'hui demain hier lundi mardi mercredi jeudi vendredi samedi dimanche
        hoje amanhã ontem daily weekly monthly yearly annually hourly
        """
    ),
    "outcome": _words(
        """
        agree agrees agreed agreeing decide decides decided deciding decision resolve
        resolves resolved resolving solve solves solved solving solution fix fixes fixed
        fixing confirm confirms confirmed confirming conclude concludes concluded
        complete completes completed finish finishes finished succeed succeeds succeeded
        successful successfully success merge merges merged release releases released
        deploy deploys deployed ban bans banned kick kicked approve approves approved
        reject rejects rejected cancel cancels cancelled canceled postpone postponed
        announce announces announced promise promises promised apologize apologizes
        elect elects elected choose chooses chose chosen appoint appointed
        apologized apologise warn warns warned thank thanks thanked thanking
        congratulate
        congratulates complain complains complained disagree disagrees disagreed accept
        accepts accepted win wins won lose loses lost leave leaves left quit quits
        """
    ),
    "polarity": _words(
        """
        work works worked working break breaks broke broken crash crashes crashed
        crashing bug error wrong right correct incorrect true false fast faster fastest
        slow slower slowest good better best bad worse worst great terrible easy easier
        hard harder difficult cheap cheaper expensive high higher low lower big bigger
        small smaller large larger open opens opened close closes closed start starts
        started stop stops stopped begin begins began end ends ended enable enables
        enabled disable disables disabled allow allows allowed deny denies denied forbid
        possible impossible safe unsafe secure insecure new old increase increases
        increased decrease decreases decreased reduce reduces reduced raise raises
        raised drop drops dropped remove removes removed install installs installed
        uninstall uninstalled like likes liked love loves loved hate hates hated prefer
        prefers preferred avoid avoids avoided success failure failures online offline
        available unavailable free paid before after ago early earlier late
        later more less most least never always cause causes caused due sell sells sold
        buy buys bought send sends sent receive receives received happy sad angry
        excited disappointed frustrated concerned worried
        until till bis hasta jusqu'à fino
        above below beneath beyond within inside outside left right front back
        north south east west northern southern eastern western upper
        up down off out over under impressed useful useless helpful unhelpful important
        """
    ),
}

OPPOSITES = (
    ("on", "off"),
    ("in", "out"),
    ("with", "without"),
    ("for", "against"),
    ("to", "from"),
    ("can", "can't"),
    ("by", "until"),
)

# What stands behind these was not chosen.
CONTRASTS = _words("than over instead rather versus vs statt anstatt")

# A message that only holds so far does not hold further: one of these must stay.
RESTRICTIONS = _words(
    """
    only except excluding unless if when nur erst außer wenn falls seulement sauf si
    sólo solo solamente excepto salvo cuando apenas somente exceto quando tranne se
    alleen behalve
    """
)
RESTRICTING_PARTS = ("だけ", "しか", "以外", "只有", "除了", "只能")

# Whose words are these? Told without any of them, they would be the author's own.
REPORTING = _words(
    """
    say says said claim claims claimed heard according supposedly allegedly rumor rumour
    sagt sagte angeblich laut dit selon dice dicen dijo según diz disse dice secondo
    """
)

# Who begins so, or says so, takes back what was said before.
CORRECTIONS = _words(
    """
    actually correction wrong typo nope moved cancelled canceled postponed instead
    eigentlich falsch korrektur verschoben stattdessen mejor corrección falso
    """
)

# Asks for a thing, and does not say that it is so.
PLEAS = _words("please pls plz bitte svp favor")

# What stands on either side of these may not change places.
RELATIONS = _words(
    """
    than over instead from before after because rather versus vs replaces replace
    replaced until since beats beat depends causes caused
    statt als anstatt avant après antes después depois
    """
)

# Who speaks of oneself or to the reader is not telling about a conversation.
FIRST_OR_SECOND_PERSON = _words(
    """
    i i'm i've i'd i'll me my mine myself we we're we've we'll us our ours you you're
    you've you'll your yours yourself ich mir mich mein meine wir uns unser unsere
    dich dein je j'ai moi nous notre vous votre yo mí nosotros eu meu minha nós io mio
    mia
    tengo hago salgo vengo voy estoy puedo quiero soy creo necesito tuve estuve fui hice
    dije tenho faço estou vou posso quero sou acho preciso vado voglio faccio penso bin
    я мы мне меня мой моя наш ты вы
    """
)
PERSON_PARTS = ("我", "你", "您", "私は", "僕", "俺", "あなた", "저는", "나는")
GENDERED = _words("he she him her his hers himself herself")

# Talk about the task instead of the conversation.
META = _words(
    """
    json prompt prompts instruction instructions assistant ai chatbot ids pseudonym
    pseudonyms summarize summary schema
    """
)

# A sentence that ends with one of these ends before its end.
OPEN_ENDS = _words(
    """
    a an the and or but of in on at to for from by with about into that which who if
    because is are was were be their his her its as than so will would can could should
    und oder mit von für der die das et ou de des le la y o de el la con para
    """
)

# Forms of verbs that share too few letters: each line is one verb.
IRREGULAR = {
    form: forms.split()[0]
    for forms in """
    go goes going went gone
    take takes taking took taken
    bring brings bringing brought
    buy buys buying bought
    find finds finding found
    think thinks thinking thought
    see sees seeing saw seen
    give gives giving gave given
    send sends sending sent
    lend lends lending lent
    make makes making made
    pay pays paying paid
    run runs running ran
    come comes coming came
    keep keeps keeping kept
    lose loses losing lost
    meet meets meeting met
    write writes writing wrote written
    break breaks breaking broke broken
    begin begins beginning began begun
    choose chooses choosing chose chosen
    build builds building built
    teach teaches teaching taught
    sell sells selling sold
    hold holds holding held
    fall falls falling fell fallen
    speak speaks speaking spoke spoken
    leave leaves leaving left
    move moves moving moved
    use uses using used
    say says saying said
    tener tengo tiene tienen tenemos
    hacer hago hace hacen hizo hice
    salir salgo sale salen
    venir vengo viene vienen
    ir voy va van
    estar estoy está están estuve estuvo
    poder puedo puede pueden
    querer quiero quiere quieren
    dar doy da dan
    decir digo dice dicen dijo
    nehmen nehme nimmt nahm genommen
    helfen helfe hilft half geholfen
    geben gebe gibt gab gegeben
    fahren fahre fährt fuhr gefahren
    treffen treffe trifft traf getroffen
    lesen lese liest las gelesen
    """.strip().splitlines()
    for form in forms.split()
}

_TO_TWENTY = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen twenty
"""
NUMBERS = {word: str(number) for number, word in enumerate(_TO_TWENTY.split())} | {
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "hundred": "100",
    "thousand": "1000",
}

UNITS = {
    spelling: unit
    for unit, spellings in {
        "USD": "$ usd dollar dollars bucks",
        "EUR": "€ eur euro euros",
        "GBP": "£ gbp pound pounds quid",
        "JPY": "¥ yen jpy cny yuan rmb 円 元",
        "INR": "₹ inr rupee rupees",
        "BTC": "₿ btc bitcoin bitcoins",
        "%": "% percent pct prozent percentage",
        "ms": "ms millisecond milliseconds",
        "s": "s sec secs second seconds sekunden 秒",
        "min": "min mins minute minutes minuten 分",
        "h": "h hr hrs hour hours stunden stunde heures horas 時",
        "am": "am a.m",
        "pm": "pm p.m",
        "day": "d day days tage tag jours días dias 日 天",
        "week": "w wk week weeks wochen woche semaines semanas",
        "month": "month months monate mois meses 月",
        "year": "y yr yrs year years jahre ans años anos 年",
        "kB": "kb kib",
        "MB": "mb mib",
        "GB": "gb gib gig gigs",
        "TB": "tb tib",
        "k": "k",
        "M": "m million millions mio",
        "km": "km kilometer kilometers kilometre kilometres",
        "mi": "mile miles",
        "kg": "kg kilo kilos",
        "fps": "fps",
        "°C": "°c celsius",
        "°F": "°f fahrenheit",
    }.items()
    for spelling in spellings.split()
}
