"""The parts of the fictional town: its setting, its plan, its papers, its council, its letters and the truth."""
