"""The Lantern: a small invented newsroom whose articles carry the widget."""
