// Package report is what came of running a host program against scenarios, and
// the forms in which people and machines read it. It runs nothing and judges
// nothing itself: others fill in a [Report], a [Run] for each scenario, with a
// [Check] for each expectation.
//
// # The forms
//
//	Table        the resilience table, for the terminal at which the command ran
//	Progress     what a matrix is doing meanwhile: a bar, or a line for each run
//	JSON         for programs: all that a Report holds, and the verdicts
//	JUnit        for the test view of a CI server: a suite for each run, a case
//	             for each expectation and one for the host's exit
//	HTML         for people who were not there: one page without references to
//	             others, each transcript behind its row
//	Annotations  for GitHub Actions: an error at the line of the scenario that
//	             the host did not meet
//	Summary      for GitHub Actions: the table on the page of the workflow's run
//
// All of them show the runs in the order of the Report, and the same Report
// gives the same bytes. Of two reports with one seed [Normalised] leaves what
// must be equal.
//
// # Text from outside
//
// Messages, transcripts and output may hold any bytes. In every form but JSON a
// control character or a byte that is no UTF-8 is shown as \x1b, and what is no
// character of XML or would change the direction of the text as \u202e, so that
// none of it acts on a terminal, a page or a parser. JSON has escapes of its own;
// there U+FFFD stands for what is no UTF-8.
package report
