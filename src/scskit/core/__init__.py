"""The pure middle: cases, events and policies. attrs and the standard library, nothing else."""
