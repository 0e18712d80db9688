"""How long tests wait for what must come: longer than any machine takes, however busy. Only failures wait so long."""

PATIENCE_S = 120
