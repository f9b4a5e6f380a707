"""Organization access as code: plan and apply who may do what."""
