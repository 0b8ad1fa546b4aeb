"""Functions of the notebook, called after its last cell with inputs that the student has not seen.

The worker calls them, in the student's process, and sends back what they returned and drew; here that is
judged by a contract. Executes nothing.
"""

from __future__ import annotations

from typing import Any, Final, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from autograder.checks import (
    answers,
    array_contracts,
    drawing_contracts,
    drawn,
    network_contracts,
    references,
)
from autograder.checks.base import Check, Oracle, VariableName
from autograder.checks.contracts import Case, Contract
from autograder.evidence import Call, Missing, Model, QuestionEvidence, Returned
from autograder.figures.outcome import half, wrong
from autograder.result import Verdict

CONTRACTS: Final[dict[str, Contract]] = {
    **array_contracts.CONTRACTS,
    **drawing_contracts.CONTRACTS,
    **network_contracts.CONTRACTS,
}
"""By name: what a config may ask of a function."""


class FunctionCheck(Check):
    """A function does what its contract says.

    Attributes:
        function: its name.
        contract: a key of `CONTRACTS`.
        of: the variable of the network that is its first argument, for contracts that give it one.
    """

    function: VariableName
    contract: str = Field(strict=True)
    of: VariableName | None = None

    @field_validator("contract")
    @classmethod
    def _is_known(cls, contract: str) -> str:
        if contract not in CONTRACTS:
            raise ValueError(f"is {contract!r}; one of {', '.join(CONTRACTS)} is expected")
        return contract

    @model_validator(mode="after")
    def _network_goes_with_contract(self) -> Self:
        if CONTRACTS[self.contract].network != (self.of is not None):
            needs = "needs" if self.of is None else "does not take"
            raise ValueError(f"contract {self.contract} {needs} `of`, the variable of a network")
        return self

    @property
    def subject(self) -> str:
        """The function."""
        return self.function

    @property
    def network(self) -> str:
        """The network that it is given."""
        return self.of or ""

    def captures(self) -> tuple[str, ...]:
        """The network that it is given."""
        return (self.of,) if self.of else ()

    def calls(self, question: str) -> tuple[Call, ...]:
        """One call for each set of inputs."""
        first = [{"variable": self.of}] if self.of else []
        return tuple(
            Call(
                f"{question}.{self.function}.{self.contract}.{number}",
                question,
                self.function,
                (*first, *map(_encoded, inputs)),
            )
            for number, inputs in enumerate(CONTRACTS[self.contract].inputs())
        )


def verdict(check: FunctionCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Judge what the calls of a function returned and drew."""
    nothing = answers.untried(question)
    if nothing is not None:
        return nothing
    contract, ids = CONTRACTS[check.contract], [call.id for call in check.calls(question.id)]
    returned = [question.returned[id] for id in ids if id in question.returned]
    if len(returned) < len(ids):
        return _not_called(check, question)
    fault = _failed_call(check, question, contract, returned)
    if fault is not None:
        return fault
    model: Model | Verdict | None = None if check.of is None else references.subject(question, check.of)
    if isinstance(model, Verdict):
        return model
    outcome = contract.judge(Case(check.function, contract.inputs(), returned, oracle, model))
    if outcome.right and any(one.changed for one in returned):
        message = (
            f"{outcome.message} But it changes the array that it is given, which the rest of the notebook "
            "uses as well: work on a copy, without `+=` and the like."
        )
        outcome = half("changes_input", message)
    return drawn.verdict_of(outcome)


def _encoded(argument: Any) -> Any:
    """An input as it travels."""
    if not isinstance(argument, np.ndarray):
        return argument
    # Shortest decimals that are read back as the same float32.
    values = argument.astype(str).astype(np.float64) if argument.dtype == np.float32 else argument
    return {"array": values.tolist(), "dtype": argument.dtype.name}


def _not_called(check: FunctionCheck, question: QuestionEvidence) -> Verdict:
    if question.blanks:
        message = f"A blank `{answers.BLANK}` is still there, so `{check.function}` was not called."
        return Verdict("unanswered", message=message)
    why = " ".join(answers.sentences(question.errors))
    message = f"`{check.function}` was not called, because the notebook did not run to its end. {why}".strip()
    return Verdict("needs_person", message=f"{message} A person will look at it.", diagnosis="not_called")


def _failed_call(
    check: FunctionCheck, question: QuestionEvidence, contract: Contract, returned: list[Returned]
) -> Verdict | None:
    """The verdict on a function that is not there, or that raises."""
    absent = all(isinstance(one.value, Missing) and not one.error for one in returned)
    errors = [one.error for one in returned if one.error]
    if (absent or errors) and question.blanks:
        message = f"A blank `{answers.BLANK}` is still there, so `{check.function}` does nothing yet."
        return Verdict("unanswered", message=message)
    if absent:
        message = " ".join([f"There is no function `{check.function}`.", *answers.sentences(question.errors)])
        return Verdict("failed", message=message, diagnosis="missing")
    if not errors:
        return None
    often = (
        ""
        if len(errors) == len(returned) or len(returned) == 1
        else f" in {len(errors)} of {len(returned)} calls"
    )
    message = (
        f"`{check.function}` did not come to its end{often}: "
        f"{answers.full_stop(answers.shortened(errors[0]))} It was given {contract.given}."
    )
    return drawn.verdict_of(wrong("raises", message))
