class SherpaError(Exception):
    """What is wrong, in one line that names the thing and the remedy.

    `code` is for programs: "superseded" when the attempt has ended or another has taken over, and the program should stop;
    "unreachable" when no coordinator answered within the client's patience; "invalid_argument" for wrong arguments;
    "wrong_state" for what comes too late; "internal" for the rest.
    """

    def __init__(self, message: str, code: str = "invalid_argument") -> None:
        super().__init__(" ".join(str(message).split()))
        self.code = code
