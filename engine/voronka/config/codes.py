"""What each code of a finding means, in a sentence or two: for the documentation and for whoever asks.

The codes of expressions (E and W) are explained where they arise, in `voronka.expressions`.
"""

from __future__ import annotations

from collections.abc import Mapping

from voronka.messages import Text

__all__ = ["CODES"]

CODES: Mapping[str, Text] = {
    # Reading: the file as text and as YAML.
    "V1001": Text("The file is larger than a megabyte. A workspace is made of many small files."),
    "V1002": Text("The file is not text in UTF-8, the one encoding that is read."),
    "V1003": Text("The file is saved in another encoding than UTF-8, as old editors on Windows do."),
    "V1004": Text("A control character stands in the text. No editor shows it, so what is read is not what is seen."),
    "V1005": Text("A character that turns the direction of writing makes a text look otherwise than it is read."),
    "V1006": Text("A character without width stands in the text, so two names that look alike are not equal."),
    "V1007": Text("Brackets or indentation go deeper than any real configuration does."),
    "V1008": Text("The file has more keys and values than any real configuration does."),
    "V1009": Text(
        "A file with hundreds of faults is most likely not what it was meant to be; only the first ones are told."
    ),
    "V1010": Text(
        "YAML aliases (`*name`) repeat a value from elsewhere. They are not used: every value stands where it counts."
    ),
    "V1011": Text("YAML anchors (`&name`) mark a value to be repeated. They are not used."),
    "V1012": Text("YAML tags (`!name`) give a value a type. They are not used: the place of a value decides its type."),
    "V1013": Text("The YAML merge key `<<` takes in the keys of another mapping. It is not used."),
    "V1014": Text("A line `---` begins a second document. One file is one document."),
    "V1015": Text("A key has no name, or its name is the word null."),
    "V1016": Text("Something other than a plain name stands before a colon."),
    "V1017": Text("A key stands twice in one mapping. YAML readers would silently take the last one."),
    "V1020": Text("YAML allows spaces only for indentation."),
    "V1021": Text("A dash or bullet that an editor put in place of a hyphen does not begin a list item."),
    "V1022": Text("A non-breaking space, often copied from a web page or a text editor, is no space to YAML."),
    "V1023": Text("Curly quotes are letters to YAML, so they would become a part of the text."),
    "V1026": Text("What follows ` #` is a comment, so a part of the value would be lost."),
    "V1027": Text("Without a space after it a colon does not part a key from its value."),
    "V1028": Text("A value that contains a colon with a space after it must stand in quotes."),
    "V1029": Text("Inside `{{…}}` and `[…]` a value that contains a comma, a bracket or a quote must stand in quotes."),
    "V1030": Text("A quote is opened and never closed."),
    "V1031": Text("A bracket is not closed, or values in it are not parted by commas."),
    "V1032": Text("Lines of one level must be indented alike."),
    "V1033": Text("A line is neither a key with a value nor a list item."),
    "V1034": Text("Some characters mean something to YAML at the beginning of a value."),
    "V1035": Text("In double quotes a backslash begins an escape such as `\\n`; in single quotes it is a backslash."),
    "V1036": Text("After the closing quote or bracket of a value nothing but a comment may follow on the line."),
    "V1037": Text("A list with hyphens begins on the line after its key."),
    "V1038": Text("A closing bracket or a comma stands where none belongs."),
    "V1039": Text("A text with `{{{{ … }}}}` must stand in quotes, for YAML reads the braces as mappings."),
    "V1099": Text("The file is not YAML for a reason that has no code of its own."),
    # Shape: the keys and values of a kind of file.
    "V2001": Text("A file without content declares nothing."),
    "V2002": Text("A key that the place does not know is an error, never ignored."),
    "V2003": Text("A mapping, a list or a single value stands where another of them belongs."),
    "V2004": Text("Something that cannot be left out is missing."),
    "V2005": Text("The value is none of the listed ones."),
    "V2006": Text("The text does not have the form that its place asks for."),
    "V2007": Text("A whole number is asked for, in digits."),
    "V2008": Text("Fractions are written with a point: `0.5`."),
    "V2009": Text("Switches are written `true` or `false`, so that every YAML reader understands the same."),
    "V2010": Text("The language names this, but this version cannot do it yet. It is refused rather than ignored."),
    "V2011": Text("Keys stand together of which each excludes the other."),
    "V2012": Text("A key has no meaning beside the others."),
    "V2013": Text(
        "A name or key is not written as its place asks for. Ids are Latin, small, and stable; people see the label."
    ),
    "V2014": Text("A key stands without a value."),
    "V2015": Text("`null` removes something of the base of a funnel in one of its cases; elsewhere it means nothing."),
    "V2016": Text("An empty list or mapping says nothing."),
    "V2017": Text("One list item holds one action."),
    "V2018": Text("A list names the same thing twice."),
    "V2019": Text("A key means something only together with another one."),
    "V2021": Text("A word mixes Latin and Cyrillic letters that look alike."),
    "V2022": Text("A Latin word was typed while another keyboard layout was on."),
    # Files, names and values.
    "V3001": Text("A file lies outside the folders of the kinds of files, so it would have no effect."),
    "V3002": Text("The language names this kind of file, but this version cannot read it yet."),
    "V3003": Text("A file of another ending, or in a folder within the folder, is not read."),
    "V3004": Text("A workspace is a folder with a file voronka.yaml."),
    "V3101": Text("No calendar of this name is declared."),
    "V3102": Text("Variants go by a choice field of the deal, and this is none."),
    "V3103": Text("No channel of this name is declared."),
    "V3104": Text("The rows of a collection have no field of this name."),
    "V3105": Text("No field of this name can be used here. A funnel uses the fields of the sets that it lists."),
    "V3106": Text("No field set of this name is declared."),
    "V3107": Text("No funnel of this name is declared."),
    "V3108": Text("An interaction has nothing of this name."),
    "V3109": Text("No role of this name is declared."),
    "V3110": Text("No stage of this name stands in the funnel, or in this case of it."),
    "V3111": Text("No template of this name is there."),
    "V3112": Text("No timed event of this name stands in the funnel, or in this case of it."),
    "V3113": Text("No transition of this name stands in the funnel, or in this case of it."),
    "V3114": Text("No user of this name is declared."),
    "V3115": Text("A task or a message is for nobody who is known."),
    "V3116": Text("A field goes over to a new deal only if both funnels have it."),
    "V3117": Text("No event of this name ever happens."),
    "V3118": Text("The choice has no option of this name."),
    "V3119": Text("A deal of this funnel has no collection of this name, or its rows cannot be put."),
    "V3120": Text("A checklist item is named by itself where only one item has the name, else by its gate."),
    "V3121": Text("A scenario expects a refusal under a name that nothing in the funnel refuses under."),
    "V3122": Text("A scenario uses a value that its table of cases does not have."),
    "V3123": Text("A scenario names a task by its title, and the funnel opens none of this title."),
    "V3201": Text("A name is declared twice."),
    "V3202": Text("A name that is built in cannot be declared again."),
    "V3205": Text("A case has a value that its scenario does not use, so it would change nothing."),
    "V3301": Text("The public holidays of the country are not known."),
    "V3302": Text("A calendar says the hours of one day twice."),
    "V3403": Text("A computed field gets its value from its formula alone."),
    "V3404": Text("Personal data do not stand in a configuration, for it is kept for ever."),
    "V3405": Text("Accounts, contacts and files are records of the database, not values of a configuration."),
    "V3406": Text("Voronka keeps the stage of a deal, its times and its number by itself."),
    "V3407": Text("Personal data are kept apart from the history, so they cannot identify a row in it."),
    "V3408": Text("Nothing is at least the one and at most the other, so the field could never be filled in."),
    "V3501": Text("The currency code is none of ISO 4217."),
    "V3601": Text("A template is called by its name and its locale: NAME.LOCALE.md."),
    "V3602": Text("Without a text in the workspace's language a template could not always be sent."),
    "V3603": Text(
        "A template fills in names and chooses by conditions; it does nothing else, and has a limit of size."
    ),
    "V3604": Text("A template names something that no deal has."),
    "V3605": Text("A template names something that the deals of this funnel do not have."),
    "V3701": Text("The encoding is none that can be read."),
    "V3801": Text("Names are filled in in templates only, for now not in the title of a task."),
    "V3901": Text("A text has the right form, but names nothing that exists, such as the 30th of February."),
    # Structure: funnels, people and timed events as a whole.
    "V3902": Text("In a scenario values stand as they are; only `=case.NAME` is put in."),
    "V5101": Text("No way leads to a stage, so it is dead text."),
    "V5102": Text("Deals that come into a stage stay there for ever."),
    "V5103": Text("From a stage no way leads to an outcome."),
    "V5104": Text("Automatic moves that follow one another in a circle without a delay would never end."),
    "V5105": Text(
        "The buyer's journey goes from the problem to the supplier; the path of the funnel keeps this order."
    ),
    "V5106": Text(
        "A stage exists for the buyer's step, the sales model, the decision model or analytics; this one does"
        " not say for which."
    ),
    "V5107": Text("An automatic transition is judged when something it reads changes. The clock is no such thing."),
    "V5108": Text("An action moves a deal where no transition leads."),
    "V5301": Text("Somebody stands in for themselves."),
    "V5302": Text("People report to one another in a circle."),
    "V5401": Text("Every funnel has the outcomes won and lost."),
    "V5402": Text("A stage is inserted after an open one; after an outcome the path is over."),
    "V5407": Text("Between two stages there is at most one transition by hand."),
    "V5408": Text("A closed deal does not move by itself."),
    "V5409": Text("A transition leads from one stage to another one."),
    "V5410": Text("A key of a transition is for people, but the transition happens by itself."),
    "V5413": Text("The stages won and lost mean what their names say."),
    "V5414": Text("An outcome has no agreed time to leave it."),
    "V5415": Text("A deal starts in the first open stage, so a funnel has at least one."),
    "V5416": Text("Nothing can be asked of a deal before it starts."),
    "V5417": Text("A case moves deals only from stages that it lacks."),
    "V5418": Text("A funnel has a limit of stages, for the ways between them grow as their square."),
    "V5601": Text("A time of day goes with days, weeks and months. Minutes and hours elapse."),
    "V5602": Text("A period of zero would fire for ever."),
    "V5603": Text("An event fires once for each offset, so an offset stands once."),
    "V5604": Text("What comes before a moment needs a moment that is known ahead."),
    "V5605": Text("Time is counted from a date or a moment."),
}
"""By code; the order is that of the layers: reading, shape, names and values, structure."""
