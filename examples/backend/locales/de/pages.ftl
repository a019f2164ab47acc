# Was die Seiten sagen, auf Deutsch. `locales/en/pages.ftl` sagt dasselbe auf Englisch.

## Daten

date = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
} { $year }
date-and-time = { $date }, { $time } Uhr (UTC)
since = Seit { $date }: { $what }

## Jede Seite

skip = Zum Inhalt springen
languages = Sprachen

## Die Einstellung

me-title = Ihre Daten und KI-Training
me-about = { $platform }. Sie sind angemeldet als { $id }.
setting-heading = Ihre Einstellung
setting-offer = { $regime ->
    [opt-out] { $place }: { $platform } trainiert KI mit Ihren Daten, solange Sie es nicht ausschalten. Die Einstellung ist zu Beginn an.
    [opt-in] { $place }: { $platform } trainiert KI nur dann mit Ihren Daten, wenn Sie es einschalten. Die Einstellung ist zu Beginn aus.
    [no-choice] { $place }: { $platform } trainiert KI mit Ihren Daten und bietet an Ihrem Wohnort keine Einstellung an. Sie können trotzdem Nein sagen, und es gilt.
    [excluded] { $place }: { $platform } trainiert an Ihrem Wohnort bis auf Weiteres mit niemandes Daten. Deshalb gibt es keine Einstellung. Sie können für später Nein sagen, falls sich das ändert oder Sie umziehen.
    [group] { $place }: { $platform } trainiert bis auf Weiteres mit niemandes Daten aus Ihrem Tarif oder Ihrer Gruppe ({ $group }). Deshalb gibt es keine Einstellung. Sie können für später Nein sagen, falls sich das ändert.
   *[unknown] { $platform } verwendet Ihre Daten nicht, weil etwas über Sie nicht bekannt ist oder keine Regelung gilt. Deshalb gibt es keine Einstellung. Sie können für später Nein sagen.
}
setting-switch = KI bei { $platform } mit meinen Daten trainieren
setting-object = { $choice ->
    [opt-in] Mein Nein zurücknehmen
   *[opt-out] Nein sagen
}
setting-state = { $on ->
    [on] An. { $choice ->
        [opted-in] Sie haben es eingeschaltet.
       *[silent] Das ist die Voreinstellung; Sie haben nicht gewählt.
    }
    [off] Aus. { $choice ->
        [opted-out] { $why }
        [opt-in-expired] Sie hatten es eingeschaltet, aber das gilt nicht mehr.
       *[silent] Das ist die Voreinstellung; Sie haben nicht gewählt.
    }
   *[none] { $choice ->
        [opted-out] { $why } Das gilt, wo immer Sie wohnen.
        [opted-in] Sie haben Ja gesagt. Das gilt nur dort, wo es eine Einstellung gibt.
       *[silent] Sie haben nicht gewählt.
    }
}
setting-kinds = Um welche Daten es geht
setting-kinds-of = { $regime ->
    [opt-out] Zu Beginn an: { $kinds }
    [opt-in] Zu Beginn aus: { $kinds }
    [no-choice] Ohne Einstellung: { $kinds }
   *[excluded] Nicht verwendet: { $kinds }
}
signal-noted = { $source ->
    [sec-gpc] Ihr Browser hat am { $date } das Signal „Global Privacy Control“ gesendet. Wir haben es als Nein verstanden.
   *[gpp] Ein Einwilligungswerkzeug (IAB GPP) hat uns am { $date } mitgeteilt, dass Sie widersprochen haben. Wir haben es als Nein verstanden.
} Wenn Sie danach hier Ja sagen, gilt Ihr Ja, obwohl das Signal weiter gesendet wird.

## Wo Sie wohnen

residence-heading = Wo Sie wohnen
residence-held = Wir wissen, dass Sie hier wohnen: { $place }. Für Sie gelten die Regeln dieses Ortes.
residence-unknown = Wir wissen nicht, wo Sie wohnen. Bis dahin werden Ihre Daten nicht verwendet.
residence-label = Land
residence-move = Hier wohne ich jetzt

## Was das Ausschalten bewirkt

does-heading = Was das Ausschalten bewirkt und was nicht
does-yes = Das bewirkt es
does-future-runs = Ihre Daten sind von da an aus jedem Training heraus, gleich wann Sie sie erstellt haben.
does-future-data = Was Sie von da an erstellen, ist aus jedem Training heraus.
does-both = Ihre Daten sind von da an aus jedem Training heraus, ebenso was Sie erstellen, solange es aus ist.
does-everywhere = Es gilt, wohin Sie auch ziehen, bis Sie es selbst wieder einschalten.
does-erasure = Wenn Sie Ihr Konto löschen und wiederkommen, gilt es weiter, sofern wir Sie erkennen.
does-no = Das bewirkt es nicht
does-not-past = { $runs ->
    [0] Es ändert nichts an Trainings, die vorher stattfanden. Keines davon hat Ihre Daten verwendet.
    [one] Es ändert nichts an Trainings, die vorher stattfanden. Eines davon hat Ihre Daten verwendet.
   *[other] Es ändert nichts an Trainings, die vorher stattfanden. { $runs } davon haben Ihre Daten verwendet.
}
does-not-unlearn = Es nimmt nicht zurück, was ein Modell gelernt hat.
does-not-old-data = Es nimmt nicht heraus, was Sie vorher erstellt haben.

## Die Bestätigung

confirm-title = { $choice ->
    [opt-in] Die Verwendung Ihrer Daten erlauben?
   *[opt-out] Die Verwendung Ihrer Daten beenden?
}
confirm-yes = { $choice ->
    [opt-in] Ja, meine Daten verwenden
   *[opt-out] Ja, meine Daten nicht verwenden
}
confirm-no = Zurück, ohne etwas zu ändern
effect-about = Wenn Sie bestätigen, geschieht Folgendes:
effect-records = { $outcome ->
    [taken-out] { $count ->
        [one] Ein Beitrag oder eine Nachricht von Ihnen ist aus jedem späteren Training heraus.
       *[other] { $count } Beiträge und Nachrichten von Ihnen sind aus jedem späteren Training heraus.
    }
    [brought-in] { $count ->
        [one] Ein Beitrag oder eine Nachricht von Ihnen darf in späteren Trainings verwendet werden.
       *[other] { $count } Beiträge und Nachrichten von Ihnen dürfen in späteren Trainings verwendet werden.
    }
    [stays-in] { $count ->
        [one] Ein Beitrag oder eine Nachricht von Ihnen darf weiterhin verwendet werden.
       *[other] { $count } Beiträge und Nachrichten von Ihnen dürfen weiterhin verwendet werden.
    }
    [stays-out] { $count ->
        [one] Ein Beitrag oder eine Nachricht von Ihnen wird ohnehin nicht verwendet.
       *[other] { $count } Beiträge und Nachrichten von Ihnen werden ohnehin nicht verwendet.
    }
   *[shifted] { $count ->
        [one] Ein Beitrag oder eine Nachricht von Ihnen darf in anderen Trainings verwendet werden als zuvor.
       *[other] { $count } Beiträge und Nachrichten von Ihnen dürfen in anderen Trainings verwendet werden als zuvor.
    }
}
effect-unaffected = { $count ->
    [one] Ein Training mit Ihren Daten hat schon stattgefunden; daran ändert sich nichts: { $runs }.
   *[other] { $count } Trainings mit Ihren Daten haben schon stattgefunden; daran ändert sich nichts: { $runs }.
}
effect-too-late = { $count ->
    [one] Für ein Training erfahren wir es zu spät; daran ändert sich nichts: { $runs }.
   *[other] Für { $count } Trainings erfahren wir es zu spät; daran ändert sich nichts: { $runs }.
}
effect-inherited = { $count ->
    [one] Ein Modell baut auf einem solchen Training auf: { $runs }.
   *[other] { $count } Modelle bauen auf solchen Trainings auf: { $runs }.
}
effect-recheck = { $count ->
    [one] Ein Training, das gerade vorbereitet wird, wird vor dem Beginn noch einmal geprüft: { $runs }.
   *[other] { $count } Trainings, die gerade vorbereitet werden, werden vor dem Beginn noch einmal geprüft: { $runs }.
}

## Das Bild

timeline-heading = Ihre Zeitleiste
timeline-about = Was wann für Sie galt, und ob ein Training zu dieser Zeit Ihre neuesten Beiträge und Nachrichten verwenden durfte.
picture-title = Ihre Zeitleiste
picture-text = Zeilen mit Balken über der Zeit. Dasselbe folgt in Worten.
picture-in-words = Das Bild in Worten
row-residence = Wo Sie wohnten
row-regime = Die Regel dort
row-choice = Ihre Wahl
row-record = { $kind }, { $date }
short-unknown = ?
long-unknown = nicht bekannt
short-nothing = keine
long-nothing = keine Regel in Kraft, oder nicht bekannt, wo Sie wohnten
short-excluded = nicht
long-excluded = niemandes Daten werden verwendet
short-opt-in = erst aus
long-opt-in = zu Beginn aus
short-opt-out = erst an
long-opt-out = zu Beginn an
short-no-choice = ohne
long-no-choice = verwendet, ohne Einstellung
short-opted-out = Nein
long-opted-out = Sie sagten Nein
short-opted-in = Ja
long-opted-in = Sie sagten Ja
short-opt-in-expired = altes Ja
long-opt-in-expired = Ihr Ja gilt nicht mehr
short-silent = –
long-silent = Sie haben nicht gewählt
short-eligible = ✓ darf
long-eligible = darf verwendet werden
short-ineligible = ✗ nein
long-ineligible = wird nicht verwendet
short-indeterminate = ? nein
long-indeterminate = wird nicht verwendet, weil etwas nicht bekannt ist

## Die Beiträge

records-heading = Ihre Beiträge und Nachrichten heute
records-about = { $count ->
    [0] Wir kennen keine.
    [one] Wir kennen einen Eintrag. Hier steht, ob ein Training, das jetzt beginnt, ihn verwenden darf, und warum.
   *[other] Wir kennen { $count }. Hier steht, ob ein Training, das jetzt beginnt, sie verwenden darf, und warum.
}
records-verdict = { $verdict ->
    [eligible] ✓ Darf verwendet werden
    [ineligible] ✗ Wird nicht verwendet
   *[indeterminate] ✗ Wird nicht verwendet, weil etwas nicht bekannt ist
}
records-more = { $count ->
    [one] Ein älterer Eintrag ist nicht aufgeführt.
   *[other] { $count } ältere Einträge sind nicht aufgeführt.
}
platform-acme = Acme
platform-linkedin = LinkedIn
kind-article = Artikel
kind-comment = Kommentar
kind-group-post = Beitrag in einer Gruppe
kind-image = Bild
kind-post = Beitrag
kind-private-message = Private Nachricht
kind-profile = Profil
kind-video = Video

## Die Gründe: einer für jeden Code, und wer Nein gesagt hat

reason-eligible = Wo Sie wohnten ({ $places }), { $regime ->
    [opt-in] wird ein Ja verlangt, und Sie haben es gegeben.
    [no-choice] gibt es keine Einstellung, und Sie haben nicht Nein gesagt.
   *[opt-out] ist die Einstellung zu Beginn an, und { $choice ->
        [opted-in] Sie haben Ja gesagt.
       *[silent] Sie haben sie nicht ausgeschaltet.
    }
}
reason-no-policy-in-force = Es gilt keine Regelung.
reason-region-excluded = Sie wohnten am { $date } hier: { $place }. Dort werden niemandes Daten verwendet.
reason-group-excluded = Sie wohnten am { $date } hier: { $place }. Dort werden niemandes Daten aus Ihrem Tarif oder Ihrer Gruppe verwendet.
reason-opted-out = { $by ->
    [subject] Sie haben am { $date } Nein gesagt.
    [guardian] Ihre Sorgeberechtigten haben am { $date } Nein gesagt.
    [signal] Ein Signal Ihres Browsers hat am { $date } Nein gesagt.
    [admin] Eine Administratorin oder ein Administrator hat am { $date } für Sie Nein gesagt.
   *[migrated] Ihr Nein vom { $date } wurde aus einem anderen System übernommen.
}
reason-not-opted-in = Am Wohnort ({ $place }) wird Ihr Ja verlangt, und Sie haben es nicht gegeben.
reason-opt-in-expired = { $days ->
    [one] Ihr Ja gilt nicht mehr: Es hält einen Tag.
   *[other] Ihr Ja gilt nicht mehr: Es hält { $days } Tage.
}
reason-opt-in-before-notice = Ihr Ja gilt nicht: Verlangt wird eines, das ab dem { $date } gegeben wurde.
reason-kind-not-covered = Daten dieser Art werden nicht verwendet: { $kind }.
reason-under-age = Sie waren unter { $age }, als es entstand.
reason-created-outside-window = Es ist zu alt: Am Wohnort ({ $place }) wird nur verwendet, was ab dem { $date } entstand.
reason-restricted = { $whose ->
    [you] Ihre Daten sind seit dem { $date } gesperrt ({ $name }).
   *[record] Es ist seit dem { $date } gesperrt ({ $name }).
}
reason-subject-erased = Ihr Konto wurde am { $date } gelöscht.
reason-record-deleted = Es wurde am { $date } gelöscht.
reason-not-yet-created = Es entstand am { $date }, nach dem Training.
reason-subject-unknown = Wir wissen nicht, wessen Daten es sind.
reason-residence-unknown = { $entries ->
    [0] Wir wissen nicht, wo Sie am { $date } wohnten.
    [one] Ihr Wohnort ist als nicht bekannt vermerkt ({ $date }).
   *[other] Uns wurden { $entries } Wohnorte am { $date } genannt, und wir wissen nicht, welcher stimmt.
}
reason-subdivision-unknown = Wir wissen nicht, in welchem Teil Sie am { $date } wohnten ({ $place }), und die Regeln unterscheiden sich.
reason-audience-unknown = Wir wissen nicht, welchem Tarif oder welcher Gruppe Sie am { $date } angehörten, und die Regeln unterscheiden sich.
reason-age-unknown = Wir kennen Ihr Alter nicht; { $age } ist das Mindestalter.
reason-somebody-else = Etwas, das jemand anderen darin betrifft, spricht dagegen.

## Die Trainings

runs-heading = Trainings, die Ihre Daten verwendet haben
runs-none = Keine.
runs-about = Diese haben Ihre Daten verwendet. Was sie gelernt haben, wird nicht zurückgenommen.
runs-direct = { $run }, mit Daten vom Stand { $date }
runs-inherited-about = Diese bauen auf einem davon auf:
runs-inherited = { $run }, mit Daten vom Stand { $date }

## Der Verlauf

history-heading = Was wir wissen, und seit wann
history-learned = (wir erfuhren es am { $date })
event-residence = Sie wohnen hier: { $place }.
event-residence-unknown = Es ist nicht bekannt, wo Sie wohnen.
event-audience = Sie gehören dazu: { $audience }.
event-audience-unknown = Es ist nicht bekannt, zu welchem Tarif oder welcher Gruppe Sie gehören.
event-choice = { $by ->
    [subject] { $choice ->
        [opt-in] Sie haben Ja gesagt
       *[opt-out] Sie haben Nein gesagt
    }
    [guardian] { $choice ->
        [opt-in] Ihre Sorgeberechtigten haben Ja gesagt
       *[opt-out] Ihre Sorgeberechtigten haben Nein gesagt
    }
    [signal] { $choice ->
        [opt-in] Ein Signal hat Ja gesagt, was nicht gilt
       *[opt-out] Ein Signal Ihres Browsers hat Nein gesagt
    }
    [admin] { $choice ->
        [opt-in] Die Administration hat Ja gesagt, was nicht gilt
       *[opt-out] Die Administration hat für Sie Nein gesagt
    }
   *[migrated] { $choice ->
        [opt-in] Ein anderes System hat ein Ja gemeldet, was nicht gilt
       *[opt-out] Ein anderes System hat Ihr Nein gemeldet
    }
} ({ $purpose }).
event-birth = Sie wurden geboren: { $birth }.
event-restriction = Ihre Daten sind gesperrt: { $name }.
event-erasure = Ihr Konto wurde gelöscht.

## Die Gründe, kurz: nach ihnen zählt die Seite der Datenschutzstelle

ground-no-policy-in-force = Keine Regelung in Kraft
ground-region-excluded = Der Ort ist ausgenommen
ground-opted-out = Widersprochen
ground-not-opted-in = Nicht zugestimmt
ground-opt-in-expired = Die Zustimmung gilt nicht mehr
ground-kind-not-covered = Die Art der Daten ist nicht erfasst
ground-under-age = Zu jung
ground-created-outside-window = Zu alt
ground-restricted = Gesperrt
ground-subject-erased = Die Person ist gelöscht
ground-record-deleted = Der Eintrag ist gelöscht
ground-not-yet-created = Noch nicht vorhanden
ground-subject-unknown = Die Person ist nicht bekannt
ground-residence-unknown = Der Wohnort ist nicht bekannt
ground-audience-unknown = Tarif oder Gruppe ist nicht bekannt
ground-age-unknown = Das Alter ist nicht bekannt
ground-subdivision-unknown = Der Teil des Landes ist nicht bekannt

## Die Seite der Datenschutzstelle

officer-title = Die Regelung und was sie bewirkt
officer-about = { $platform }, { $purpose }.
show = Zeigen
coverage-heading = Was wo gilt
coverage-date = An diesem Tag
coverage-none = Am { $date } gilt keine Fassung: Nichts wird verwendet.
coverage-revision = Am { $date } gilt die Fassung { $revision }.
map-title = Karte der Länder, je eine Kachel, am { $date }. Dasselbe folgt als Liste.
regime-of-tile = { $regime ->
    [excluded] niemandes Daten werden verwendet
    [opt-in] zu Beginn aus
    [opt-out] zu Beginn an
    [no-choice] verwendet, ohne Einstellung
    [mixed] hängt von der Art der Daten oder vom Tarif ab
   *[unknown] nichts wird verwendet
}
regime-of-places = { $regime ->
    [excluded] Niemandes Daten werden verwendet: { $places }
    [opt-in] Zu Beginn aus: { $places }
    [opt-out] Zu Beginn an: { $places }
    [no-choice] Verwendet, ohne Einstellung: { $places }
    [mixed] Hängt von der Art der Daten oder vom Tarif ab: { $places }
   *[unknown] Nichts wird verwendet: { $places }
}
regime-of-many = { $regime ->
    [excluded] Niemandes Daten werden verwendet in { $count } Ländern.
    [opt-in] Zu Beginn aus in { $count } Ländern.
    [opt-out] Zu Beginn an in { $count } Ländern.
    [no-choice] Verwendet, ohne Einstellung, in { $count } Ländern.
    [mixed] Hängt von der Art der Daten oder vom Tarif ab in { $count } Ländern.
   *[unknown] Nichts wird verwendet in { $count } Ländern.
}
revisions = Die Fassungen der Regelung
revision-since = { $withdrawn ->
    [yes] für den { $date }; zurückgezogen, nie in Kraft; Quellen: { $sources }
   *[no] seit { $date }; Quellen: { $sources }
}
diff-heading = Was sich ändert
diff-before = Vorher
diff-after = Nachher
diff-policy = Regelung
diff-date = am
diff-compare = Vergleichen
policy-number = Nr. { $number }
guard-passes = Der Wächter lässt diesen Schritt zu: Keine Daten, die draußen waren, kommen ohne ein Ja hinein.
guard-stops = { $count ->
    [one] Der Wächter hält diesen Schritt an. Eine Gruppe kommt ohne ein Ja hinein; sie muss mit ihrem Code bestätigt werden:
   *[other] Der Wächter hält diesen Schritt an. { $count } Gruppen kommen ohne ein Ja hinein; jede muss mit ihrem Code bestätigt werden:
}
guard-widened = { $people }: „{ $ground }“ hält sie nicht mehr draußen.
diff-no-move = Für keine Gruppe gilt danach eine andere Regel.
diff-table = Gruppen mit anderer Regel
diff-people = Personen
regime-in-words = { $regime ->
    [excluded] niemandes Daten
    [opt-in] zu Beginn aus
    [opt-out] zu Beginn an
    [no-choice] keine Einstellung
   *[none] keine Fassung in Kraft
}
counts-heading = Was jetzt verwendet werden darf
counts-about = { $all ->
    [yes] Von { $count } Einträgen dürfen { $eligible } verwendet werden, { $ineligible } nicht, und bei { $indeterminate } ist etwas nicht bekannt.
   *[no] Von den ersten { $count } Einträgen dürfen { $eligible } verwendet werden, { $ineligible } nicht, und bei { $indeterminate } ist etwas nicht bekannt.
}
counts-table = Einträge nach Grund; ein Eintrag kann mehrere haben
counts-ground = Grund
counts-records = Einträge
ledger-heading = Trainings
ledger-table = Versiegelte Trainings, die neuesten zuerst
ledger-run = Training
ledger-as-of = Stichtag
ledger-revision = Fassung
ledger-admitted = Zugelassen
ledger-refused = Abgelehnt
ledger-audit = Prüfung
ledger-audit-now = { $run } prüfen
audit-title = Prüfung von { $run }
audit-about = Jede Zulassung wurde neu entschieden: nach dem, was damals bekannt war, und nach dem, was jetzt bekannt ist.
audit-sound = { $count ->
    [one] Eine Zulassung war damals richtig und ist es jetzt.
   *[other] { $count } Zulassungen waren damals richtig und sind es jetzt.
}
audit-overtaken = { $count ->
    [one] Eine war damals richtig; etwas, das man später erfuhr, spricht dagegen.
   *[other] { $count } waren damals richtig; etwas, das man später erfuhr, spricht dagegen.
}
audit-unsound = { $count ->
    [one] Eine war nach dem damals Bekannten falsch.
   *[other] { $count } waren nach dem damals Bekannten falsch.
}
audit-lacking = { $count ->
    [one] Eine lässt sich nicht prüfen, weil Angaben zu ihren Personen gelöscht sind.
   *[other] { $count } lassen sich nicht prüfen, weil Angaben zu ihren Personen gelöscht sind.
}
audit-missing = { $count ->
    [one] Eine lässt sich nicht prüfen, weil der Eintrag fehlt.
   *[other] { $count } lassen sich nicht prüfen, weil die Einträge fehlen.
}
audit-erased = { $count ->
    [one] Eine Person darin wurde seither gelöscht.
   *[other] { $count } Personen darin wurden seither gelöscht.
}
audit-back = Zurück zu den Trainings
lint-heading = Was die Daten sagen und wohl nicht so gemeint ist
lint-none = Nichts gefunden.
lint-about = Nichts davon ändert eine Entscheidung. Der Leitfaden von may-train sagt, was zu tun ist.
lint-nearly-known-key = Schlüssel, die fast ein gelesener sind: { $count }
lint-purpose-of-no-policy = Wahlen für einen Zweck, den keine Regelung hat: { $count }
lint-kind-of-no-rule = Einträge einer Art, die keine Regel nennt: { $count }
lint-audience-of-no-rule = Tarife oder Gruppen, die keine Regel auswählt, andere aber schon: { $count }
lint-recorded-before-true = Angaben, die über einen Tag zu früh vermerkt wurden: { $count }
lint-opt-out-after-cut-off = Widersprüche, die in der Zukunft liegen: { $count }
lint-born-after-cut-off = Personen, die in der Zukunft geboren sind: { $count }
lint-older-than-anybody = Personen von 130 Jahren oder mehr: { $count }
lint-record-before-residence = Einträge aus der Zeit vor dem ersten bekannten Wohnort: { $count }
lint-choice-not-counted = Zustimmungen, die nicht gelten, weil andere sie gaben: { $count }
lint-subdivision-missing = Wohnorte, von denen nur das Land bekannt ist, obwohl Regeln einen Teil nennen: { $count }
lint-ids-alike = Kennungen, die sich nur in Groß- und Kleinschreibung oder Breite unterscheiden: { $count }
lint-record-of-nobody = Einträge, die niemanden nennen: { $count }
lint-subject-not-known = Einträge von Personen, die nicht bekannt sind: { $count }
