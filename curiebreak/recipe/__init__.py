"""Recipes: one run in a YAML file, with checked fields."""

from curiebreak.recipe.fields import Recipe, read_recipe, recipe_from, recipe_schema

__all__ = ["Recipe", "read_recipe", "recipe_from", "recipe_schema"]
