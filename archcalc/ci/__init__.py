"""Findings for the programs around a repository: annotations of GitHub, reports of GitLab, SARIF and JUnit XML."""
