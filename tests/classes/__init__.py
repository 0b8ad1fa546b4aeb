"""Classes of right and wrong submissions, one for each assignment whose networks students train."""
