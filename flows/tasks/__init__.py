"""What has to be done, by whom and until when: tasks out of the cards' own states and dates."""
