# What the pages say, in English. `locales/de/pages.ftl` says the same in German.

## Dates

date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
date-and-time = { $date }, { $time } UTC
since = Since { $date }: { $what }

## Every page

skip = Skip to the content
languages = Languages

## The setting

me-title = Your data and AI training
me-about = { $platform }. You are signed in as { $id }.
setting-heading = Your setting
setting-offer = { $regime ->
    [opt-out] { $place }: { $platform } uses your data to train AI unless you turn this off. The setting is on by default.
    [opt-in] { $place }: { $platform } uses your data to train AI only if you turn this on. The setting is off by default.
    [no-choice] { $place }: { $platform } uses your data to train AI and offers no setting where you live. You can say no all the same, and it counts.
    [excluded] { $place }: { $platform } uses nobody’s data to train AI where you live, until further notice. So there is no setting. You can say no for later, in case this changes or you move.
    [group] { $place }: { $platform } uses nobody’s data of your plan or group ({ $group }) to train AI, until further notice. So there is no setting. You can say no for later, in case this changes.
   *[unknown] { $platform } does not use your data, because something about you is not known, or no policy is in force. So there is no setting. You can say no for later.
}
setting-switch = Use my data to train AI at { $platform }
setting-object = { $choice ->
    [opt-in] Withdraw my no
   *[opt-out] Say no
}
setting-state = { $on ->
    [on] On. { $choice ->
        [opted-in] You turned it on.
       *[silent] This is the default; you have not chosen.
    }
    [off] Off. { $choice ->
        [opted-out] { $why }
        [opt-in-expired] You turned it on, but that no longer counts.
       *[silent] This is the default; you have not chosen.
    }
   *[none] { $choice ->
        [opted-out] { $why } It counts wherever you live.
        [opted-in] You said yes. It counts only where a setting is offered.
       *[silent] You have not chosen.
    }
}
setting-kinds = Which data this is about
setting-kinds-of = { $regime ->
    [opt-out] On by default: { $kinds }
    [opt-in] Off by default: { $kinds }
    [no-choice] Without a setting: { $kinds }
   *[excluded] Not used: { $kinds }
}
signal-noted = { $source ->
    [sec-gpc] Your browser sent the signal “Global Privacy Control” on { $date }. We took it as a no.
   *[gpp] A consent tool (IAB GPP) told us on { $date } that you opted out. We took it as a no.
} If you say yes here afterwards, your yes counts, although the signal is sent again.

## Where you live

residence-heading = Where you live
residence-held = We know that you live here: { $place }. The rules of this place hold for you.
residence-unknown = We do not know where you live. Until we do, your data is not used.
residence-label = Country
residence-move = I live here now

## What opting out does

does-heading = What turning it off does, and what it does not
does-yes = It does this
does-future-runs = Your data is out of every training run from then on, whenever you made it.
does-future-data = What you make from then on is out of every training run.
does-both = Your data is out of every training run from then on, and so is what you make while it is off.
does-everywhere = It counts wherever you move, until you turn it on again yourself.
does-erasure = If you delete your account and come back, it still counts, if we recognise you.
does-no = It does not do this
does-not-past = { $runs ->
    [0] It does not change training runs that took place before. None of them used your data.
    [one] It does not change training runs that took place before. One of them used your data.
   *[other] It does not change training runs that took place before. { $runs } of them used your data.
}
does-not-unlearn = It does not take back what a model has learned.
does-not-old-data = It does not take out what you made before.

## The confirmation

confirm-title = { $choice ->
    [opt-in] Allow the use of your data?
   *[opt-out] Stop the use of your data?
}
confirm-yes = { $choice ->
    [opt-in] Yes, use my data
   *[opt-out] Yes, do not use my data
}
confirm-no = Back, without a change
effect-about = If you confirm, this happens:
effect-records = { $outcome ->
    [taken-out] { $count ->
        [one] One post or message of yours is out of every later training run.
       *[other] { $count } posts and messages of yours are out of every later training run.
    }
    [brought-in] { $count ->
        [one] One post or message of yours may be used in later training runs.
       *[other] { $count } posts and messages of yours may be used in later training runs.
    }
    [stays-in] { $count ->
        [one] One post or message of yours may still be used.
       *[other] { $count } posts and messages of yours may still be used.
    }
    [stays-out] { $count ->
        [one] One post or message of yours is not used in any case.
       *[other] { $count } posts and messages of yours are not used in any case.
    }
   *[shifted] { $count ->
        [one] One post or message of yours may be used in other training runs than before.
       *[other] { $count } posts and messages of yours may be used in other training runs than before.
    }
}
effect-unaffected = { $count ->
    [one] One training run has already taken place with your data; nothing changes that: { $runs }.
   *[other] { $count } training runs have already taken place with your data; nothing changes that: { $runs }.
}
effect-too-late = { $count ->
    [one] For one training run, we learn this too late; nothing changes it: { $runs }.
   *[other] For { $count } training runs, we learn this too late; nothing changes them: { $runs }.
}
effect-inherited = { $count ->
    [one] One model builds on such a training run: { $runs }.
   *[other] { $count } models build on such training runs: { $runs }.
}
effect-recheck = { $count ->
    [one] One training run that is being prepared is checked again before it starts: { $runs }.
   *[other] { $count } training runs that are being prepared are checked again before they start: { $runs }.
}

## The picture

timeline-heading = Your timeline
timeline-about = What held for you when, and whether a training run at that time could use your newest posts and messages.
picture-title = Your timeline
picture-text = Rows of bars over time. The same follows in words.
picture-in-words = The picture in words
row-residence = Where you lived
row-regime = The rule there
row-choice = Your choice
row-record = { $kind }, { $date }
short-unknown = ?
long-unknown = not known
short-nothing = none
long-nothing = no rule in force, or not known where you lived
short-excluded = not used
long-excluded = nobody’s data is used
short-opt-in = off first
long-opt-in = off by default
short-opt-out = on first
long-opt-out = on by default
short-no-choice = no setting
long-no-choice = used, without a setting
short-opted-out = no
long-opted-out = you said no
short-opted-in = yes
long-opted-in = you said yes
short-opt-in-expired = old yes
long-opt-in-expired = your yes no longer counts
short-silent = –
long-silent = you have not chosen
short-eligible = ✓ may
long-eligible = may be used
short-ineligible = ✗ no
long-ineligible = is not used
short-indeterminate = ? no
long-indeterminate = is not used, because something is not known

## The records

records-heading = Your posts and messages today
records-about = { $count ->
    [0] We know of none.
    [one] We know of one. Here is whether a training run that starts now may use it, and why.
   *[other] We know of { $count }. Here is whether a training run that starts now may use each, and why.
}
records-verdict = { $verdict ->
    [eligible] ✓ May be used
    [ineligible] ✗ Is not used
   *[indeterminate] ✗ Is not used, because something is not known
}
records-more = { $count ->
    [one] One older one is not shown.
   *[other] { $count } older ones are not shown.
}
platform-acme = Acme
platform-linkedin = LinkedIn
kind-article = Article
kind-comment = Comment
kind-group-post = Post in a group
kind-image = Picture
kind-post = Post
kind-private-message = Private message
kind-profile = Profile
kind-video = Video

## The reasons: one for each ground, and who made an opt-out

reason-eligible = Where you lived ({ $places }), { $regime ->
    [opt-in] a yes is asked for, and you gave it.
    [no-choice] no setting is offered, and you have not said no.
   *[opt-out] the setting is on by default, and { $choice ->
        [opted-in] you said yes.
       *[silent] you have not turned it off.
    }
}
reason-no-policy-in-force = No policy is in force.
reason-region-excluded = You lived in { $place } on { $date }, where nobody’s data is used.
reason-group-excluded = You lived in { $place } on { $date }; nobody’s data of your plan or group is used there.
reason-opted-out = { $by ->
    [subject] You said no on { $date }.
    [guardian] Your guardian said no on { $date }.
    [signal] A signal of your browser said no on { $date }.
    [admin] An administrator said no for you on { $date }.
   *[migrated] Your no of { $date } was carried over from another system.
}
reason-not-opted-in = In { $place } your yes is asked for, and you have not given it.
reason-opt-in-expired = { $days ->
    [one] Your yes no longer counts: it lasts for one day.
   *[other] Your yes no longer counts: it lasts for { $days } days.
}
reason-opt-in-before-notice = Your yes does not count: one given from { $date } on is asked for.
reason-kind-not-covered = Data of this kind is not used: { $kind }.
reason-under-age = You were under { $age } when it was made.
reason-created-outside-window = It is too old: in { $place }, only what was made from { $date } on is used.
reason-restricted = { $whose ->
    [you] Your data is restricted since { $date } ({ $name }).
   *[record] It is restricted since { $date } ({ $name }).
}
reason-subject-erased = Your account was erased on { $date }.
reason-record-deleted = It was deleted on { $date }.
reason-not-yet-created = It was made on { $date }, after the training run.
reason-subject-unknown = We do not know whose data it is.
reason-residence-unknown = { $entries ->
    [0] We do not know where you lived on { $date }.
    [one] Where you live is recorded as not known ({ $date }).
   *[other] We were told { $entries } places where you lived on { $date }, and do not know which is right.
}
reason-subdivision-unknown = We do not know in which part of { $place } you lived on { $date }, and the rules differ.
reason-audience-unknown = We do not know which plan or group you were in on { $date }, and the rules differ.
reason-age-unknown = We do not know your age; { $age } is the minimum.
reason-somebody-else = Something about somebody else in it stands against it.

## The runs

runs-heading = Training runs that used your data
runs-none = None.
runs-about = These used your data. What they learned is not taken back.
runs-direct = { $run }, with data as of { $date }
runs-inherited-about = These build on one of them:
runs-inherited = { $run }, with data as of { $date }

## The history

history-heading = What we know, and since when
history-learned = (we learned it on { $date })
event-residence = You live in { $place }.
event-residence-unknown = It is not known where you live.
event-audience = You belong to: { $audience }.
event-audience-unknown = It is not known to which plan or group you belong.
event-choice = { $by ->
    [subject] { $choice ->
        [opt-in] You said yes
       *[opt-out] You said no
    }
    [guardian] { $choice ->
        [opt-in] Your guardian said yes
       *[opt-out] Your guardian said no
    }
    [signal] { $choice ->
        [opt-in] A signal said yes, which does not count
       *[opt-out] A signal of your browser said no
    }
    [admin] { $choice ->
        [opt-in] An administrator said yes, which does not count
       *[opt-out] An administrator said no for you
    }
   *[migrated] { $choice ->
        [opt-in] Another system reported a yes, which does not count
       *[opt-out] Another system reported your no
    }
} ({ $purpose }).
event-birth = You were born: { $birth }.
event-restriction = Your data is restricted: { $name }.
event-erasure = Your account was erased.

## The grounds, in short: the officer counts by them

ground-no-policy-in-force = No policy is in force
ground-region-excluded = The place is excluded
ground-opted-out = Opted out
ground-not-opted-in = Not opted in
ground-opt-in-expired = The opt-in no longer counts
ground-kind-not-covered = The kind of data is not covered
ground-under-age = Under age
ground-created-outside-window = Too old
ground-restricted = Restricted
ground-subject-erased = The person is erased
ground-record-deleted = The record is deleted
ground-not-yet-created = Not yet there
ground-subject-unknown = The person is not known
ground-residence-unknown = The residence is not known
ground-audience-unknown = The plan or group is not known
ground-age-unknown = The age is not known
ground-subdivision-unknown = The part of the country is not known

## The page of the officer

officer-title = The policy and what it does
officer-about = { $platform }, { $purpose }.
show = Show
coverage-heading = What holds where
coverage-date = On this day
coverage-none = No revision is in force on { $date }: nothing is used.
coverage-revision = On { $date }, the revision { $revision } is in force.
map-title = Map of the countries, one tile each, on { $date }. The same follows as a list.
regime-of-tile = { $regime ->
    [excluded] nobody’s data is used
    [opt-in] off by default
    [opt-out] on by default
    [no-choice] used, without a setting
    [mixed] depends on the kind of data or on the person’s plan
   *[unknown] nothing is used
}
regime-of-places = { $regime ->
    [excluded] Nobody’s data is used: { $places }
    [opt-in] Off by default: { $places }
    [opt-out] On by default: { $places }
    [no-choice] Used, without a setting: { $places }
    [mixed] Depends on the kind of data or on the person’s plan: { $places }
   *[unknown] Nothing is used: { $places }
}
regime-of-many = { $regime ->
    [excluded] Nobody’s data is used in { $count } countries.
    [opt-in] Off by default in { $count } countries.
    [opt-out] On by default in { $count } countries.
    [no-choice] Used, without a setting, in { $count } countries.
    [mixed] Depends on the kind of data or on the person’s plan in { $count } countries.
   *[unknown] Nothing is used in { $count } countries.
}
revisions = The revisions of the policy
revision-since = { $withdrawn ->
    [yes] for { $date }; withdrawn, never in force; sources: { $sources }
   *[no] since { $date }; sources: { $sources }
}
diff-heading = What changes
diff-before = Before
diff-after = After
diff-policy = Policy
diff-date = on
diff-compare = Compare
policy-number = No. { $number }
guard-passes = The widening guard lets this step pass: no data that was kept out comes in without a yes.
guard-stops = { $count ->
    [one] The widening guard stops this step. One group comes in without a yes; it must be acknowledged by its code:
   *[other] The widening guard stops this step. { $count } groups come in without a yes; each must be acknowledged by its code:
}
guard-widened = { $people }: “{ $ground }” no longer keeps them out.
diff-no-move = No group has another rule afterwards.
diff-table = Groups with another rule
diff-people = People
regime-in-words = { $regime ->
    [excluded] nobody’s data
    [opt-in] off by default
    [opt-out] on by default
    [no-choice] no setting
   *[none] no revision in force
}
counts-heading = What may be used now
counts-about = { $all ->
    [yes] Of { $count } records, { $eligible } may be used, { $ineligible } may not, and for { $indeterminate } something is not known.
   *[no] Of the first { $count } records, { $eligible } may be used, { $ineligible } may not, and for { $indeterminate } something is not known.
}
counts-table = Records by ground; a record may have several
counts-ground = Ground
counts-records = Records
ledger-heading = Training runs
ledger-table = Sealed runs, the newest first
ledger-run = Run
ledger-as-of = Cut-off
ledger-revision = Revision
ledger-admitted = Admitted
ledger-refused = Refused
ledger-audit = Audit
ledger-audit-now = Audit { $run }
audit-title = Audit of { $run }
audit-about = Each admission was decided anew: by the facts known then, and by those known now.
audit-sound = { $count ->
    [one] One admission was right then, and is right now.
   *[other] { $count } admissions were right then, and are right now.
}
audit-overtaken = { $count ->
    [one] One was right then; a fact that was learned later speaks against it.
   *[other] { $count } were right then; facts that were learned later speak against them.
}
audit-unsound = { $count ->
    [one] One was wrong by the facts known then.
   *[other] { $count } were wrong by the facts known then.
}
audit-lacking = { $count ->
    [one] One cannot be audited, since facts about its people were erased.
   *[other] { $count } cannot be audited, since facts about their people were erased.
}
audit-missing = { $count ->
    [one] One cannot be audited, since the record is gone.
   *[other] { $count } cannot be audited, since the records are gone.
}
audit-erased = { $count ->
    [one] One person in it was erased since.
   *[other] { $count } people in it were erased since.
}
audit-back = Back to the runs
lint-heading = What the data says that was probably not meant
lint-none = Nothing was found.
lint-about = None of it changes a decision. The guide of may-train says what to do.
lint-nearly-known-key = Keys that nearly are one that is read: { $count }
lint-purpose-of-no-policy = Choices for a purpose that no policy has: { $count }
lint-kind-of-no-rule = Records of a kind that no rule names: { $count }
lint-audience-of-no-rule = Plans or groups that no rule selects, though others are selected: { $count }
lint-recorded-before-true = Facts that were recorded more than a day before they were true: { $count }
lint-opt-out-after-cut-off = Opt-outs that lie in the future: { $count }
lint-born-after-cut-off = People who are born in the future: { $count }
lint-older-than-anybody = People of 130 years or more: { $count }
lint-record-before-residence = Records from before the first known residence of their person: { $count }
lint-choice-not-counted = Opt-ins that do not count, for who made them: { $count }
lint-subdivision-missing = Residences of which only the country is known, though rules name a part of it: { $count }
lint-ids-alike = Ids that differ only by case or width: { $count }
lint-record-of-nobody = Records that name nobody: { $count }
lint-subject-not-known = Records of people who are not known: { $count }
