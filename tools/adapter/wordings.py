"""Questions and names of real O-RAN for follow-ups; nothing here states a fact."""

from __future__ import annotations

WHAT_ABOUT = (
    "the O-CU-UP", "the O-CU-CP", "the O-DU", "the O-RU", "the Near-RT RIC", "the Non-RT RIC",
    "the SMO",
    "an xApp", "an rApp", "the O-eNB", "the O-Cloud", "the E2 node", "the A1 interface",
    "the E2 interface",
    "the O1 interface", "the O2 interface", "the R1 interface", "the F1 interface",
    "the Y1 interface",
    "the C-plane", "the U-plane", "the M-plane", "the S-plane", "E2SM-KPM", "E2SM-RC",
    "section type 3",
)  # fmt: skip
QUESTION_STARTS = (
    "What does {E} do?", "Which protocol does {E} use?", "Who specifies {E}?", "What is {E} for?",
    "Where does {E} end?", "How is {E} secured?", "Which working group looks after {E}?",
    "What are the limits of {E}?", "How fast must {E} react?", "What is {E}?", "Why is {E} needed?",
    "Which transport is used by {E}?", "What happens to {E} after a restart?", "How is {E} tested?",
    "Which messages belong to {E}?", "What is the role of {E}?", "How is {E} configured?",
    "Which parameters does {E} have?", "Does {E} support several vendors?",
    "How is {E} synchronised?",
)  # fmt: skip
