"""Where the structures, paths and figures of ``intermediate`` go, from the command line and from a recipe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from curiebreak.errors import UsageError
from curiebreak.options.intermediate_options import IntermediateCommandOptions

if TYPE_CHECKING:
    from curiebreak.clock import Progress
    from curiebreak.intermediates.between import Investigation
    from curiebreak.results import Intermediates

NO_SINGLE = (
    "There is no single intermediate to write.",
    "Add --keep, --subgroup or --entry; all structures of a path go into its folder (-o), as CIF, POSCAR and XYZ.",
)


@dataclass(frozen=True)
class BetweenFiles:
    """Files and folders; `None` is not written.

    Attributes
    ----------
    document : Path or None
        The result as JSON, which the receiver of the answer writes.
    structure : Path or None
        The intermediate that a constraint singles out.
    folder : Path or None
        The structures of a path.
    everything : Path or None
        Folder of all entries.
    plot : Path or None
        The tree of groups.
    """

    document: Path | None
    structure: Path | None
    folder: Path | None
    everything: Path | None
    plot: Path | None

    def check(self, force: bool) -> None:
        """Refuse what cannot be written, before anything is computed.

        Raises
        ------
        UsageError
        """
        from curiebreak.cli.result_output import check_destination, check_figure, check_folder

        check_figure(self.plot)
        for file in (self.document, self.structure, self.plot):
            check_destination(file, force)
        for folder in (self.folder, self.everything):
            if folder is not None:
                check_folder(folder, force)

    def fill(self, found: Investigation, asked: IntermediateCommandOptions, progress: Progress | None) -> Intermediates:
        """Write all but the document, and return it with the names of the files.

        Raises
        ------
        UsageError
            For formats of an intermediate where none is singled out.
        """
        from curiebreak.intermediates.staged_path import write_path
        from curiebreak.intermediates.structure_files import write_all, write_chosen
        from curiebreak.modes.written import write_child_files
        from curiebreak.report.growth import draw_growth
        from curiebreak.report.tree import draw_tree

        if asked.write:
            if found.made is None:
                raise UsageError(*NO_SINGLE)
            write_child_files(found.made.made, asked.write)
        if self.structure is not None:
            found = replace(found, document=write_chosen(found, self.structure))
        if self.folder is not None and asked.path is not None:
            order = tuple(asked.order or ())
            document = write_path(found, self.folder, asked.path, order, asked.path_exact, asked, progress)
            found = replace(found, document=document)
            draw_growth(document, self.folder / "path.png")
        if self.everything is not None:
            found = replace(found, document=write_all(found, self.everything, progress))
            draw_tree(found.document, self.everything / "tree.png")
        if self.plot is not None:
            draw_tree(found.document, self.plot)
        return found.document
