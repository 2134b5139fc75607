"""Long texts in several parts, each inside the network's length, with nothing lost.

A text is cut where people would: between paragraphs, sentences, words. A link, a mention, a tag, a
number and whatever people see as one character stay whole. At a cut the white space goes, and
nothing else: ``Part`` says where in the text each part comes from.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property

from attrs import frozen

from scskit.core.channel import Measure
from scskit.core.errors import ReplyRefused
from scskit.core.graphemes import boundaries
from scskit.core.reply import Violation

SOURCE = "splitting"
MOST_PARTS = 999

_IN_LINK = r"[^\s\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]"
"""Not what is written without blanks around a link: Chinese, Japanese, Korean."""
_WHOLE = re.compile(
    rf"(?:https?://|www\.){_IN_LINK}+"
    r"|(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+"  # an address
    r"|[@#$＠＃]\w+"  # noqa: RUF001  wide ones count on X
    r"|(?<![\w.-])[\w-]++(?:\.[\w-]++)+"
    rf"(?:[/?#]{_IN_LINK}*)?"  # a host without https://, and 3.5
    r"|(?<![\w])[+-]?\d[\d.,:/’'%-]*",  # noqa: RUF001  thousands in Switzerland
    re.IGNORECASE,
)
"""What is never cut."""
_GROUPED = re.compile(r"(?<!\w)\+?\(?\d[\d.,:/()-]*(?: \(?\d[\d.,:/()-]*)+")
"""A number in groups; cut between them only when nothing else is left."""
_GAP = re.compile(r"[^\S\u00a0\u202f\u2007]+")
"""White space at which a line may end."""
_SENTENCE = re.compile(r"(?:[!?…]|(?<=\w\w\w)\.)[\"'”’»)\]]*\Z")  # noqa: RUF001  closing quotes
_WIDE_SENTENCE = re.compile(r"[。！？]+[」』）]*")  # noqa: RUF001  those of Chinese and Japanese

_PARAGRAPH, _SENTENCE_RANK, _WORD = 3, 2, 1
_WORTH = {_PARAGRAPH: 1 / 3, _SENTENCE_RANK: 1 / 2}
"""How full a part must be for a better place to be taken before the last possible one."""


def whole_spans(text: str) -> list[tuple[int, int]]:
    """Return where links, addresses, mentions, tags and numbers stand: from, to."""
    return [found.span() for found in _WHOLE.finditer(text)]


@frozen
class Part:
    """One part of a text.

    Attributes:
        text: what is sent, with its number and marks.
        start: where in the whole text it begins.
        end: where it ends.
    """

    text: str
    start: int
    end: int


@frozen(order=True)
class _Cut:
    """A place to cut: one part ends at ``end``, the next begins at ``begin``."""

    end: int
    begin: int
    rank: int


def split(  # noqa: PLR0913  each is about how the parts look
    text: str,
    most: int,
    measure: Measure = len,
    *,
    numbered: bool = False,
    mark: str = "",
    ending: str = "",
) -> tuple[Part, ...]:
    """Cut a text into parts that are no longer than a network takes.

    Args:
        text: the whole.
        most: how long a part may be, everything included.
        measure: how the network counts.
        numbered: whether several parts bear numbers such as ``(1/3)``.
        mark: what shows that a part goes on, such as ``…``; on all but the last.
        ending: what stands at the end of the last part alone, such as a sign-off with its blank.

    Returns:
        One part where the text fits; otherwise as many as it takes. White space at both ends of
        the text and at cuts is left out.

    Raises:
        ReplyRefused: something that is never cut is longer than a part.
    """
    start, stop = _ends(text)
    whole = text[start:stop]
    if measure(whole + ending) <= most:
        return (Part(whole + ending, start, stop),)
    cutter = _Cutter(text, start, stop, most, measure, mark, ending)
    if not numbered:
        return cutter.parts("")
    for digits in range(1, len(str(MOST_PARTS)) + 1):
        found = cutter.parts("9" * digits)
        if len(str(len(found))) <= digits:
            return cutter.numbered(found)
    raise _refused(f"it takes more than {MOST_PARTS} parts", start, stop)


def _ends(text: str) -> tuple[int, int]:
    """Return where a text begins and ends without the white space around it."""
    starts = frozenset(boundaries(text))
    start, stop = len(text) - len(text.lstrip()), len(text.rstrip())
    while start and start not in starts:  # a blank that bears a mark is seen
        start -= 1
    return start, max(start, stop)


def _refused(why: str, start: int, end: int) -> ReplyRefused:
    message = f"The text cannot be sent in parts: {why}; shorten it."
    return ReplyRefused([Violation("unsplittable", message, SOURCE, start, end)])


@frozen(slots=False)
class _Cutter:
    """Cuts one text.

    Attributes:
        text: the whole.
        start: where what is sent begins.
        stop: where it ends.
        most: how long a part may be.
        measure: how the network counts.
        mark: behind all parts but the last.
        ending: behind the last.
    """

    text: str
    start: int
    stop: int
    most: int
    measure: Measure
    mark: str
    ending: str

    def parts(self, total: str) -> tuple[Part, ...]:
        """Return the parts, each with room for its number; ``total`` is how many there may be."""
        found: list[Part] = []
        at = self.start
        while True:
            last = self._compose(at, self.stop, total, total, last=True)
            if self.measure(last) <= self.most:
                return (*found, Part(last, at, self.stop))
            cut = self._next(at, total)
            shown = self._compose(at, cut.end, total, total, last=False)
            found.append(Part(shown, at, cut.end))
            at = cut.begin

    def numbered(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        """Return the parts with their numbers."""
        total = str(len(parts))
        return tuple(
            Part(
                self._compose(one.start, one.end, str(number), total, last=number == len(parts)),
                one.start,
                one.end,
            )
            for number, one in enumerate(parts, 1)
        )

    def _compose(self, start: int, end: int, number: str, total: str, *, last: bool) -> str:
        body = self.text[start:end]
        if self.mark and not last:
            # Directly behind a link, the mark would be read as a part of it.
            body += f" {self.mark}" if self._ends_whole(end) else self.mark
        if total:
            body += f" ({number}/{total})"
        return body + self.ending if last else body

    def _ends_whole(self, end: int) -> bool:
        return end in self._whole_ends

    def _next(self, at: int, total: str) -> _Cut:
        """Return where the part that begins at ``at`` ends."""
        for cuts in (self._cuts, self._group_cuts, self._grapheme_cuts):
            if found := self._best(cuts, at, total):
                return found
        end = next((cut.end for cut in self._grapheme_cuts if cut.end > at), self.stop)
        raise _refused(f"{end - at} characters that belong together are too long", at, end)

    def _best(self, cuts: Sequence[_Cut], at: int, total: str) -> _Cut | None:
        first = bisect_right(cuts, at, key=lambda cut: cut.end)

        def too_long(number: int) -> bool:
            shown = self._compose(at, cuts[number].end, total, total, last=False)
            return self.measure(shown) > self.most

        last = bisect_left(range(len(cuts)), 1, first, key=too_long) - 1
        while last >= first and too_long(last):  # a longer text may count less, as links do
            last -= 1
        if last < first:
            return None
        end = cuts[last].end
        for rank, worth in _WORTH.items():
            least = bisect_left(cuts, at + (end - at) * worth, first, key=lambda cut: cut.end)
            better = [cut for cut in cuts[least : last + 1] if cut.rank == rank]
            if better:
                return better[-1]
        return cuts[last]

    @cached_property
    def _whole(self) -> list[tuple[int, int]]:
        return whole_spans(self.text)

    @cached_property
    def _whole_ends(self) -> frozenset[int]:
        return frozenset(end for _, end in self._whole)

    @cached_property
    def _groups(self) -> list[tuple[int, int]]:
        return [found.span() for found in _GROUPED.finditer(self.text)]

    @cached_property
    def _starts(self) -> frozenset[int]:
        return frozenset(boundaries(self.text))

    @cached_property
    def _cuts(self) -> list[_Cut]:
        """Between paragraphs, sentences and words."""
        return list(self._gaps(apart_from=[*self._groups, *self._whole]))

    @cached_property
    def _group_cuts(self) -> list[_Cut]:
        """Also between the groups of a number."""
        return list(self._gaps(apart_from=self._whole))

    @cached_property
    def _grapheme_cuts(self) -> list[_Cut]:
        """Between any two characters that people see, but not within what is never cut."""
        closed = _inside(self._whole)
        places = sorted(self._starts)
        free = [at for at in places if self.start < at < self.stop and at not in closed]
        gaps = {cut.end: cut for cut in self._group_cuts}
        skipped = {at for cut in gaps.values() for at in range(cut.end + 1, cut.begin + 1)}
        return [gaps.get(at, _Cut(at, at, 0)) for at in free if at not in skipped]

    def _gaps(self, apart_from: Sequence[tuple[int, int]]) -> Iterator[_Cut]:
        closed = _inside(apart_from)
        found = [*self._blanks(), *self._wide_sentences()]
        for cut in sorted(found):
            inside = self.start < cut.end and cut.begin < self.stop
            if inside and cut.end not in closed and cut.end in self._starts:
                yield cut

    def _blanks(self) -> Iterator[_Cut]:
        for gap in _GAP.finditer(self.text):
            end, begin = gap.span()
            while begin > end and begin not in self._starts:  # a blank that bears a mark is seen
                begin -= 1
            if end == begin:
                continue
            if "\n" in gap[0]:
                rank = _PARAGRAPH
            else:
                rank = (
                    _SENTENCE_RANK if _SENTENCE.search(self.text, max(0, end - 8), end) else _WORD
                )
            yield _Cut(end, begin, rank)

    def _wide_sentences(self) -> Iterator[_Cut]:
        for found in _WIDE_SENTENCE.finditer(self.text):
            at = found.end()
            if at in self._starts and not self.text[at : at + 1].isspace():
                yield _Cut(at, at, _SENTENCE_RANK)


def _inside(spans: Sequence[tuple[int, int]]) -> frozenset[int]:
    """Return the places that lie inside spans."""
    return frozenset(at for start, end in spans for at in range(start + 1, end))
