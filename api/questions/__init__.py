"""Questions that need both the memory and the words of judging. Same form as ``graph.questions``: viewer first."""
