"""The step of care at which a code is shown (用卡环节).

Source: care steps 010101-010107 of a provincial health-card specification (registration,
consultation, ...); vaccination and counter services are this project's additions.
"""

from __future__ import annotations

from enum import StrEnum


class Scene(StrEnum):
    """Where in the course of care a record is asked for."""

    REGISTRATION = "registration"
    CONSULTATION = "consultation"
    INPATIENT = "inpatient"
    EXAMINATION = "examination"
    DISPENSING = "dispensing"
    VACCINATION = "vaccination"
    FOLLOW_UP = "follow-up"
    EMERGENCY = "emergency"
