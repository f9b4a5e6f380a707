"""What happens to people over time: intents that progress over several runs.

Nothing of it is remembered: where an intent stands is read off the live store each time, so no
step is done twice. `resolve` says what the files mean today, before anything is compared; `add`
puts the steps that are due beside what comparing found.
"""
