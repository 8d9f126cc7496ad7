"""Recipes: one or more runs in a YAML file, with checked keys."""

from curiebreak.recipe.reading import read_recipe, recipe_from
from curiebreak.recipe.recipe_model import Recipe, recipe_schema
from curiebreak.recipe.shipped import recipe_path, shipped_recipes

__all__ = ["Recipe", "read_recipe", "recipe_from", "recipe_path", "recipe_schema", "shipped_recipes"]
